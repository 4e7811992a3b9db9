"""exp(−|x|)·I₀(x) and exp(−|x|)·I₁(x) in ordinary arithmetic, with their slopes.

I₀ and I₁ are modified Bessel functions. They grow as exp(|x|)/√|x|, so they overflow, and their
scaled forms do not. With s = |x|, the forms are the power series up to s = 3, DLMF 10.25.2, of
which all terms are positive; beyond, Chebyshev fits in z = (s − 11)/(s + 5). DLMF is the Digital
Library of Mathematical Functions, https://dlmf.nist.gov.

Far out, i0e is nearly 1/√(2πs). So the terms of the slope i1e − i0e cancel there, from s = 1e16 on
to nothing, and so do the terms of each higher derivative. The slopes are fits of their own: a
polynomial of z times a power of s. The derivative of such a product does not cancel.
"""

from __future__ import annotations

from math import factorial, inf

from ..annotation import Any
from .elementary import horner, within

NEAR, FAR = 0.5, 3.0  # where the power series of the slopes ends, and where the fits in z begin
TINY = 5e-324  # the smallest positive float: what is below is 0
BENT = 5.0  # from where on the derivatives of the fits in z serve
ORDERS = range(22)
SERIES0 = tuple(1 / factorial(k) ** 2 for k in ORDERS)  # I₀ in powers of x²/4
SERIES1 = tuple(1 / (2 * factorial(k) * factorial(k + 1)) for k in ORDERS)  # I₁(x)/x
SERIES1_SLOPE = tuple((2 * k + 1) * c for k, c in enumerate(SERIES1))  # I₁′
SERIES1_BEND = tuple((k + 1) * c / 2 for k, c in enumerate(SERIES1_SLOPE[1:]))  # I₁″(x)/x
ROOT, ROOT_REST = 1.5451272579925426, 1.0630756383046672e-16  # their sum: the slope of i1e is 0

# Chebyshev fits, computed with mpmath: FAR… for s > 3 in powers of z, MIDDLE… for s from ½ to 3 in
# powers of (s − 7/4)/(5/4)
FAR0 = (  # i0e·√s
    0.4037332934754428, -0.007387876421122847, 0.004045705067140282, -0.002290730406523888,
    0.0013623280326003503, -0.0008747976461152463, 0.0006261815214748238, -0.0004888019610218475,
    0.00034892824533386095, -0.00011909608999708158, -0.00016633002593757516, 0.0003032096558037493,
    -0.00012425709156125238, -0.00017687611653400073, 0.0001819172616457667, 0.00010533211488663206,
    -0.0001743200322123779, -9.293842276293783e-05, 0.00014997138795189583, 0.0001148847138599455,
    -0.00011597130290774272, -0.00014694023491364583, 7.353277424433664e-05, 0.00016655977104125465,
    -3.118456817574318e-05, -0.00015788621021076396, 1.2713772740190684e-06, 0.0001210664716270259,
    1.0423524738811464e-05, -7.26824511696239e-05, -9.043540455973035e-06, 3.274304800792325e-05,
    4.089371375261046e-06, -1.0373980114054604e-05, -1.0300431071011996e-06, 2.0558745873604823e-06,
    1.1459860832517673e-07, -1.9134136805175382e-07,
)  # fmt: skip
FAR1 = (  # i1e·√s
    0.38492003785932977, 0.021070244141932325, -0.010662557711666852, 0.0055233276519837705,
    -0.0029644698620332342, 0.001686651063091795, -0.001053133396523545, 0.0007272511456075272,
    -0.0004912250106057994, 0.000202295121435291, 0.00013205500065917035, -0.0003089918515426842,
    0.00014548616948688789, 0.0001702518700810351, -0.00019503409619454085, -9.635175546462865e-05,
    0.00018286359503518311, 8.568594928002228e-05, -0.0001574760720036667, -0.00011008321458494985,
    0.00012358042032106225, 0.00014494022176625725, -8.110382681822543e-05, -0.00016720568028997295,
    3.785208139162547e-05, 0.00016029932756315412, -6.172061703385686e-06, -0.00012389796179433448,
    -7.55150913120364e-06, 7.483121655789475e-05, 7.766219738447095e-06, -3.387290353967827e-05,
    -3.6869251801436306e-06, 1.077438707635921e-05, 9.503486419730785e-07, -2.142347503743655e-06,
    -1.0716316828322829e-07, 1.9996020198881164e-07,
)  # fmt: skip
FAR0_SLOPE = (  # −i0e′·s·√s
    0.20694581177724336, -0.012027236335798554, 0.007473051415774107, -0.004940273333742592,
    0.00358421321844173, -0.0029577331111978315, 0.0027074872531636218, -0.0022725223080758894,
    0.000888902957729757, 0.0015543661878131918, -0.003334906516886012, 0.0019073709555831064,
    0.002002092543507417, -0.0031648013140821696, -0.0007608810822406952, 0.003340133842279864,
    0.0004590636056400359, -0.0032765034865501873, -0.0009595045893329505, 0.0029780368361924945,
    0.002046511885226518, -0.002088658426971446, -0.0033810225114996903, 0.00029143753081222357,
    0.004435294007818627, 0.0022887062337740034, -0.004684062060588699, -0.004880527876540434,
    0.003962748674140049, 0.00638952719257722, -0.0026351849975163343, -0.006166323759535891,
    0.0013304798560997639, 0.0045428672419502, -0.00047906405920935635, -0.0025426112784984684,
    0.00010717157207671858, 0.0010506611548824249, -8.374009306199152e-06, -0.00030277222899013245,
    -2.0652142224279277e-06, 5.4369617204913196e-05, 4.44295991398511e-07, -4.581154420453454e-06,
)  # fmt: skip
FAR1_SLOPE = (  # i1e′·s²·√s/(root − s)
    0.20705899913437528, -0.010712368780129924, 0.0038191438290736154, -6.0838171786689375e-05,
    -0.0020433183934801466, 0.0033547346744301778, -0.004241418435842846, 0.004437397443112733,
    -0.003091091139073339, -0.00016307320643557026, 0.0034314144511494262, -0.003120531377740738,
    -0.0011719370615372307, 0.0037095141568050153, -0.00014569924478116957, -0.0035979211637948505,
    0.0003509639233493591, 0.003522146472791135, 0.0002762735567930685, -0.0033574099499333807,
    -0.0015524091905728989, 0.002646899620060091, 0.003188389159645816, -0.0009683917056437846,
    -0.004646639172831127, -0.0016456505303842925, 0.005299715301602319, 0.004443683472413373,
    -0.004829761265116082, -0.00624394297162253, 0.003502525625041404, 0.006255532262926667,
    -0.0019858442944488187, -0.004722760614566176, 0.0008538138733475058, 0.0026908594612676424,
    -0.00026511387021439683, -0.001127425615911455, 5.475317032832233e-05, 0.00032855360279988497,
    -6.415742568764441e-06, -5.955173195011192e-05, 2.829639224140691e-07, 5.057675847416317e-06,
)  # fmt: skip
MIDDLE0_SLOPE = (  # −i0e′
    0.1163789542605187, -0.1351047394713422, 0.1095196387912276, -0.0689703193559606,
    0.03532948488605974, -0.015188799763270705, 0.005611608847005046, -0.0018148530817274468,
    0.0005214031526963951, -0.00013466951696819855, 3.157953644952791e-05, -6.778946840245214e-06,
    1.3414406885038929e-06, -2.46170529678563e-07, 4.2116118268966044e-08, -6.746624994731678e-09,
    1.0126567171542346e-09, -1.4394409240578736e-10, 2.098095927295476e-11, -2.668767186474988e-12,
)  # fmt: skip
MIDDLE1_SLOPE = (  # i1e′/(root − s)
    0.040489342809415824, -0.05117809140645151, 0.03887040568186819, -0.021984256074083774,
    0.010028693448668255, -0.0038508983723330665, 0.001279108934622237, -0.00037466707297415674,
    9.819008335601154e-05, -2.3286844507985485e-05, 5.043913997576642e-06, -1.0054100953000881e-06,
    1.8561841667512432e-07, -3.191411308946468e-08, 5.13473262234785e-09, -7.761791834018339e-10,
    1.1034063039959586e-10, -1.4885397336476163e-11, 2.049364567624905e-12, -2.487535654497311e-13,
)  # fmt: skip


def i0e(xp: Any, x: Any) -> Any:
    """exp(−|x|)·I₀(x)."""
    s, near, far = _parts(xp, x, FAR)
    series = xp.exp(-xp.abs(near)) * horner(SERIES0, 0.25 * near * near)
    return xp.where(s < FAR, series, horner(FAR0, _place(xp, far)) / xp.sqrt(far))


def i1e(xp: Any, x: Any) -> Any:
    """exp(−|x|)·I₁(x). It is odd, and the sign of 0 is kept."""
    s, near, far = _parts(xp, x, FAR)
    series = near * (xp.exp(-xp.abs(near)) * horner(SERIES1, 0.25 * near * near))
    y = horner(FAR1, _place(xp, far)) / xp.sqrt(far)
    return xp.where(s < FAR, series, xp.where(x < 0, -y, y))


def i0e_slope(xp: Any, x: Any) -> Any:
    """The slope of i0e: i1e(x) − sign(x)·i0e(x). At its kink 0 it is 0."""
    s, near, far = _parts(xp, x, NEAR)
    q, near = 0.25 * near * near, xp.abs(near)
    series = xp.exp(-near) * (horner(SERIES0, q) - near * horner(SERIES1, q))
    middle = horner(MIDDLE0_SLOPE, _middle(xp, far))
    far = xp.where(s < FAR, FAR, far)
    y = horner(FAR0_SLOPE, _place(xp, far)) / far / xp.sqrt(far)
    return -xp.sign(x) * xp.where(s < NEAR, series, xp.where(s < FAR, middle, y))


def i1e_slope(xp: Any, x: Any) -> Any:
    """The slope of i1e: i0e(x) − i1e(x)/x − |i1e(x)|. Its limit at 0 is ½."""
    s, near, far = _parts(xp, x, NEAR)
    q, near = 0.25 * near * near, xp.abs(near)
    series = xp.exp(-near) * (horner(SERIES1_SLOPE, q) - near * horner(SERIES1, q))
    middle = ((ROOT - far) + ROOT_REST) * horner(MIDDLE1_SLOPE, _middle(xp, far))
    far = xp.where(s < FAR, FAR, far)
    y = (ROOT / far - 1) * (horner(FAR1_SLOPE, _place(xp, far)) / far / xp.sqrt(far))
    return xp.where(s < NEAR, series, xp.where(s < FAR, middle, y))


def i0e_bend(xp: Any, x: Any) -> Any:
    """The slope of i0e_slope. Near 0 it is exp(−s)·(I₀ − 2·I₁ + I₁′)."""
    end, bent = (TINY, inf) if xp.exact else (NEAR, BENT)  # the fits have the digits of a float
    s, near, far = _parts(xp, x, end)
    q, near = 0.25 * near * near, xp.abs(near)
    series = horner(SERIES0, q) + horner(SERIES1_SLOPE, q) - 2 * near * horner(SERIES1, q)
    m = xp.where(far < bent, far, BENT)
    middle = xp.i1e_slope(m) - xp.i0e_slope(m)
    far = within(xp, xp.where(far < BENT, BENT, far), 1e300)
    z = _place(xp, far)
    y = 1.5 * horner(FAR0_SLOPE, z) - _rate(far) * horner(_slope(FAR0_SLOPE), z)
    y = xp.where(s < bent, middle, y / far / far / xp.sqrt(far))
    return xp.where(s < end, xp.exp(-near) * series, y)


def i1e_bend(xp: Any, x: Any) -> Any:
    """The slope of i1e_slope. Near 0 it is exp(−s)·(I₁″ − 2·sign(x)·I₁′ + I₁)."""
    end, bent = (TINY, inf) if xp.exact else (NEAR, BENT)  # the fits have the digits of a float
    s, near, far = _parts(xp, x, end)
    q = 0.25 * near * near
    odd = near * (horner(SERIES1_BEND, q) + horner(SERIES1, q))
    series = xp.exp(-xp.abs(near)) * (odd - 2 * xp.sign(near) * horner(SERIES1_SLOPE, q))
    m = xp.where(far < bent, far, BENT)
    middle = xp.i0e_slope(m) - (1 + 1 / m) * xp.i1e_slope(m) + xp.i1e(m) / m / m
    far = within(xp, xp.where(far < BENT, BENT, far), 1e300)
    z = _place(xp, far)
    y = (ROOT / far - 1) * _rate(far) * horner(_slope(FAR1_SLOPE), z)
    y = ((1.5 - 2.5 * ROOT / far) * horner(FAR1_SLOPE, z) + y) / far / far / xp.sqrt(far)
    y = xp.where(s < bent, middle, y)
    return xp.where(s < end, series, xp.where(x < 0, -y, y))


def _parts(xp: Any, x: Any, end: float) -> tuple[Any, Any, Any]:
    """|x|; x up to ``end`` in size, else 0; and |x| from ``end`` on, else ``end``."""
    s = xp.abs(x)
    return s, xp.where(s < end, x, 0.0), xp.where(s < end, end, s)


def _middle(xp: Any, s: Any) -> Any:
    """The variable of the fits between ½ and 3, which goes from −1 to 1."""
    return (xp.where(s < FAR, s, FAR) - 1.75) / 1.25


def _place(xp: Any, s: Any) -> Any:
    """z = (s − 11)/(s + 5), which goes from −1 at s = 3 to 1 at s = ∞."""
    s = within(xp, xp.where(s < FAR, FAR, s), 1e300)
    return (s - 11.0) / (s + 5.0)


def _rate(s: Any) -> Any:
    """s·dz/ds = 16·s/(s + 5)²."""
    return 16.0 / (s + 5.0) * (s / (s + 5.0))


def _slope(coefficients: tuple[float, ...]) -> tuple[float, ...]:
    """The coefficients of a polynomial's derivative."""
    return tuple(k * c for k, c in enumerate(coefficients))[1:]
