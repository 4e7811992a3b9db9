"""What to write here in place of names that people know from other libraries.

Each table has a foreign name and the words that an error adds to it. Python looks a name up in the
class of a Value before it gives up. So the words cost nothing until a name is missing: a
``__getattr__`` would make every ``x.exp()`` slower (2026-11-26: 81 ns instead of 32).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from keyword import kwlist

from .annotation import Any, NoReturn

_NUMBER = "x.data is the number"
_LEAF = "every Value has a gradient, in x.grad after backward(); mg.stop_gradient(x) is a constant"
_NODES = "nodes never change: write y = x.{0}()"
_ONE = "a Value is one number; mg.{0}([x, y]) takes a list of them"
_ARRAY = "a Value is one number; mg.values(array) is an array of Values"
_RULE = "x.op is the operation and x.partials its slopes; mg.primitive makes a new operation"

ON_VALUE: dict[str, str] = {
    **dict.fromkeys(("item", "numpy", "tolist", "value", "val", "evalf", "eval"), _NUMBER),
    "detach": "mg.stop_gradient(x) is a constant, and x.data the number",
    "clone": "nodes never change, so x will do; Value(x.data) is a new leaf",
    "zero_grad": "write mg.zero_grad(x), or of a list of Values",
    **dict.fromkeys(("requires_grad", "requires_grad_", "retain_grad"), _LEAF),
    "no_grad": "write mg.stop_gradient(x), or compute with x.data",
    **dict.fromkeys(("label", "_label"), 'write Value(2.0, "a"), x.named("a") or x.name'),
    **dict.fromkeys(("_prev", "prev", "children", "_children"), "write x.parents"),
    **dict.fromkeys(("_backward", "grad_fn", "creator"), _RULE),
    "is_leaf": "a leaf is where x.op is None",
    **dict.fromkeys(
        ("gradient", "derivative", "deriv", "diff"),
        "write y.backward() and then x.grad, or mg.grad(f)(2.0)",
    ),
    **{name: f"write mg.{name}(f), where f is a function" for name in ("jacobian", "hessian")},
    "subs": "write mg.Graph.of(y)(x=2.0)",
    "simplify": "write mg.Graph.of(y).simplified()",
    **dict.fromkeys(
        ("assign", "assign_add", "assign_sub", "copy_", "fill_", "zero_"),
        "a leaf's number is assigned: x.data = 2.0",
    ),
    **dict.fromkeys(("add_", "sub_", "mul_", "div_"), "nodes never change: write y = x + 1.0"),
    **{f"{f}_": _NODES.format(f) for f in ("exp", "log", "relu", "sigmoid", "sqrt", "tanh")},
    **{name: _ONE.format(name) for name in ("sum", "mean", "prod", "dot")},
    **dict.fromkeys(("T", "reshape", "view", "flatten", "squeeze", "unsqueeze", "astype"), _ARRAY),
    **dict.fromkeys(("to", "cpu", "cuda"), "a Value is a Python float; mg.compile runs on arrays"),
    "apply": "call a function of micrograph: mg.exp(x)",
    **{name: f"write mg.{name}(y)" for name in ("draw", "explain", "table", "latex", "to_html")},
    **dict.fromkeys(("plot", "show", "view_graph"), "write mg.draw(y)"),
    **dict.fromkeys(("lambdify", "free_symbols", "doit"), "mg.Graph.of(y) is a function"),
    **dict.fromkeys(("numel", "nelement", "argmax", "argmin"), _ARRAY),
    "ln": "write x.log()",
    "sigma": "write x.sigmoid()",
}
"""Attributes of a Value, except those that libraries ask any number for, such as dtype."""

ON_ARRAY: dict[str, str] = {
    "grad": "each element has its own: [v.grad for v in x.flat]",
    "backward": "sweep from one number: x.sum().backward()",
    "zero_grad": "write mg.zero_grad(x)",
    "detach": "mg.stop_gradient(x) is a constant",
    **dict.fromkeys(("numpy", "value", "values"), "x.astype(float) has the numbers"),
    **dict.fromkeys(("requires_grad", "requires_grad_"), "every element has a gradient"),
    "named": 'mg.values(array, "w") names the elements',
}
"""Attributes of an array of Values."""

WORDS: dict[str, str] = {
    "label": 'the name is the second argument: Value(2.0, "a")',
    "requires_grad": "every Value has a gradient: Value(2.0)",
    **dict.fromkeys(("_children", "children", "_op", "op"), "operations make inner nodes: x * y"),
    **dict.fromkeys(("dtype", "device"), "a Value is a Python float: Value(2.0)"),
}
"""Words that Value does not take."""


def refuse_words(given: Iterable[str]) -> None:
    """Raise a TypeError that says what to write, if Value was given such a word."""
    for word in given:
        if word in WORDS:
            raise TypeError(f"Value takes no {word}=; {WORDS[word]}")


def with_words(start: Callable[..., None]) -> Callable[..., None]:
    """An ``__init__`` that refuses words that it does not take by ``refuse_words``."""

    @wraps(start)
    def explained(*args: Any, **words: Any) -> None:
        try:
            start(*args, **words)
        except TypeError:
            refuse_words(words)
            raise

    return explained


_FLOAT = "numbers are Python's floats, and arrays NumPy's float64"
_MADE = "make the array with NumPy, and then Values of it: mg.values(np.ones(3))"
_PACKAGE = "write import numpy as np; its functions take arrays of Values"
_VALUE = "write mg.Value(2.0), or mg.values(array) for an array of Values"
IN_MODULE: dict[str, str] = {
    **dict.fromkeys(("tensor", "Tensor", "Variable", "variable", "array", "value"), _VALUE),
    **dict.fromkeys(("Parameter", "constant", "placeholder"), _VALUE),
    **dict.fromkeys(("symbol", "symbols", "Symbol", "var"), 'write x = mg.Value(2.0, "x")'),
    **dict.fromkeys(
        ("no_grad", "enable_grad", "detach"), "write mg.stop_gradient(x), or compute with x.data"
    ),
    **dict.fromkeys(
        ("nn", "optim", "Module", "keras"), "micrograph.learn has gradient_descent and more"
    ),
    **dict.fromkeys(
        ("GradientTape", "gradient", "derivative", "diff", "backward", "autograd"),
        "write mg.grad(f)(2.0), or y.backward() and then x.grad",
    ),
    "elementwise_grad": "write mg.elementwise(f)",
    **dict.fromkeys(("jit", "function"), "write mg.compile(f)"),
    **dict.fromkeys(("vmap", "pmap"), "a compiled function takes arrays: mg.compile(f)(array)"),
    **dict.fromkeys(("jacfwd", "jacrev", "jacobian_fn", "jac"), "write mg.jacobian(f)"),
    "hess": "write mg.hessian(f)",
    "gradients": "write mg.grad(f)",
    "value_and_gradient": "write mg.value_and_grad(f)",
    "make_jaxpr": "write mg.trace(f, 2.0).source",
    **dict.fromkeys(("custom_jvp", "custom_gradient"), "write mg.custom_vjp(f)"),
    **dict.fromkeys(("lax", "cond"), "write mg.where(condition, a, b), or Python's if"),
    **dict.fromkeys(("scan", "fori_loop", "while_loop"), "write Python's for or while"),
    **dict.fromkeys(("draw_dot", "make_dot", "plot", "view", "show"), "write mg.draw(y)"),
    "lambdify": "write mg.Graph.of(y), which can be called",
    "simplify": "write mg.Graph.of(y).simplified()",
    **dict.fromkeys(("solve", "nsolve", "fsolve", "newton", "brentq"), "write mg.root(f, 1.0)"),
    "minimize": "SciPy's takes derivatives: minimize(mg.value_and_grad(f), x0, jac=True)",
    **dict.fromkeys(("save", "load"), "write mg.Graph.of(y).to_json()"),
    **dict.fromkeys(("sigma", "σ", "logistic", "expit"), "write mg.sigmoid"),
    **dict.fromkeys(("F", "functional"), "the functions are in micrograph itself: mg.relu"),
    **dict.fromkeys(("zeros", "ones", "eye", "arange", "linspace", "asarray", "rand"), _MADE),
    **dict.fromkeys(("randn", "random", "manual_seed", "zeros_like", "ones_like"), _MADE),
    **dict.fromkeys(("np", "jnp", "linalg", "matmul", "einsum", "stack", "concatenate"), _PACKAGE),
    **dict.fromkeys(("cat", "vstack", "hstack", "transpose", "reshape"), _PACKAGE),
    **dict.fromkeys(("device", "cuda", "float32", "float64", "double"), _FLOAT),
    **{name: f"write mg.math.{name}" for name in ("pi", "e", "inf", "nan", "tau")},
    "ln": "write mg.log",
    "swish": "write mg.silu",
    "selu": "write 1.0507009873554805 * mg.elu(x, 1.6732632423543772)",
    "relu6": "write mg.clip(x, 0, 6)",
    "hardtanh": "write mg.clip(x, -1, 1)",
    **dict.fromkeys(("clamp", "clip_by_value"), "write mg.clip(x, low, high)"),
    **dict.fromkeys(("logsigmoid", "log_expit"), "write mg.log_sigmoid"),
    "log1pexp": "write mg.softplus",
    **dict.fromkeys(
        ("binary_cross_entropy", "BCELoss", "log_loss"),
        "mg.cross_entropy(a, y) is the loss of one example, and mg.mean of them the cost",
    ),
    **dict.fromkeys(
        ("BCEWithLogitsLoss", "binary_cross_entropy_with_logits", "sigmoid_binary_cross_entropy"),
        "mg.logistic_loss(z, y) is the loss of one example, and mg.mean of them the cost",
    ),
    **dict.fromkeys(
        ("CrossEntropyLoss", "softmax_cross_entropy", "cross_entropy_loss", "nll_loss", "NLLLoss"),
        "write -mg.log_softmax(z)[label]",
    ),
    **dict.fromkeys(("mse_loss", "MSELoss"), "write mg.mean([(a - y) ** 2, …])"),
    **dict.fromkeys(("gammaln", "loggamma"), "write mg.lgamma"),
    "psi": "write mg.digamma",
    "beta": "write mg.exp(mg.betaln(a, b))",
    **{f: f"write mg.{f}e(x) * mg.exp(mg.abs(x))" for f in ("i0", "i1")},
    "entr": "write -mg.xlogy(x, x)",
    **dict.fromkeys(("erf_inv", "inverf"), "write mg.erfinv"),
    **dict.fromkeys(("ppf", "normsinv", "norminv", "probit"), "write mg.norm_ppf"),
    "rsqrt": "write 1 / mg.sqrt(x)",
    "sgn": "write mg.sign",
    **{name: f"write a {sign} b" for name, sign in (("multiply", "*"), ("subtract", "-"))},
    **dict.fromkeys(("divide", "true_divide"), "write a / b"),
    "power": "write x ** 2, or mg.pow",
    "fabs": "write mg.abs",
    **{f"arc{name}": f"write mg.a{name}" for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
    "arctan2": "write mg.atan2",
}
"""Names of the module."""

IN_FORMULA: dict[str, str] = {
    **dict.fromkeys(("σ", "sigma", "logistic", "expit"), "sigmoid"),
    **dict.fromkeys(("ln", "LN"), "log"),
    "lg": "log10",
    **{f"arc{name}": f"a{name}" for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
    **{"tg": "tan", "arctg": "atan"},
    "power": "pow",
    "fabs": "abs",
    "Φ": "norm_cdf",
    "φ": "norm_pdf",
    "Γ": "gamma",
    "root": "sqrt",
    "sgn": "sign",
    "norm": "hypot",
    "clamp": "clip",
}
"""Functions in formulas, each with the row's name."""

CONSTANTS: dict[str, str] = {
    **dict.fromkeys(("pi", "π", "Pi", "PI"), "3.141592653589793"),
    "e": "2.718281828459045, and write exp(x) for a power of e",
    "tau": "6.283185307179586",
}
"""Names in formulas that mean a number elsewhere, each with the number to give."""

_NO_NAMES = sorted({*kwlist} - {"and", "or", "not", "if", "else"})

IN_SYNTAX: dict[str, str] = {
    r"^\s*=": "leave out the = at the beginning",
    r":=": "write = for an assignment",
    r"\w\s*\([\w\s,]*\)\s*=[^=]": "give a result a name alone: y = x**2",
    r"[^=<>!]=[^=;\n]*(,|\band\b)[^=;\n]*[^=<>!]=[^=]": "write ; between assignments",
    r"\\|\$": "a formula is not LaTeX: write exp(x)/2",
    r"&&|\|\|": "write & for and, | for or, with brackets around comparisons",
    r"\|": "write abs(x) for |x|, and | only between comparisons",
    r"\?": "write where(condition, a, b)",
    r"\b(mod|div)\b": "write % for a remainder and // for a whole quotient",
    rf"\b({'|'.join(_NO_NAMES)})\b": "words of Python, such as lambda, can't be names",
    r"[A-Za-z](⁻¹|[²³])\s*\(": "write sin(x)**2 for sin²(x), and asin(x) for sin⁻¹(x)",
    r"√": "write sqrt(x)",
    r"[²³¹⁴-⁹]": "write ** for a power: x**2",
    r"[·×⋅∙•∗]": "write * for a product",
    r"[÷∕]": "write / for a quotient",
    r"[−–]": "write - for minus",
    r"[≤≥≠]": "write <=, >= and !=",
    r"[₀-₉]": "write x1 for x₁",
    r"∑": "write sum([a, b])",
    r"[“”‘’«»]": "leave out the quotation marks",
    r"!(?!=)": "write gamma(x + 1) for a factorial",
    r"\d\s*%\s*$": "write 0.05 for 5%",
    r"(?<![\w.])\d[\d.]*[^\W\d]": "write * for a product: 2*a",
    r"[)\w] +[(\w]|\)[\w(]": "write * for a product, a*b, and brackets for a function, sin(a)",
    r"\{": "write ( and ) for brackets",
}
"""Patterns in text that is no formula, each with what to write. The first that is found serves."""


class Foreign:
    """An attribute of a class that is not there: to ask for it raises an AttributeError with words.

    A subclass, whose instances have a ``__dict__``, may use the name.

    Args:
        name: The name.
        words: What to write in its place.
    """

    def __init__(self, name: str, words: str) -> None:
        self._name, self._words = name, words

    def __get__(self, x: Any, cls: type) -> Any:
        held = getattr(x, "__dict__", {}) if x is not None else {}
        if self._name in held:
            return held[self._name]
        self._refuse(x, cls)

    def __set__(self, x: Any, value: Any) -> None:
        if not hasattr(x, "__dict__"):
            self._refuse(x, type(x))
        x.__dict__[self._name] = value

    def __delete__(self, x: Any) -> None:
        if self._name not in getattr(x, "__dict__", {}):
            self._refuse(x, type(x))
        del x.__dict__[self._name]

    def _refuse(self, x: Any, cls: type) -> NoReturn:
        raise AttributeError(
            f"{cls.__name__!r} object has no attribute {self._name!r}: {self._words}",
            name=self._name,
            obj=x,
        )


class Elsewhere:
    """A class with the foreign names, each raising an AttributeError."""

    __slots__ = ()

    def as_integer_ratio(self) -> NoReturn:
        """Python's ``statistics`` asks for it."""
        raise TypeError("a Value is no exact fraction, as statistics computes with; use mg.mean")


for _name, _words in ON_VALUE.items():
    setattr(Elsewhere, _name, Foreign(_name, _words))


def of_number(x: Any) -> str:
    """What an error adds to something that is no number, where one was expected."""
    if isinstance(x, str):
        return "; write float(…) of a text"
    if isinstance(x, complex):
        return "; numbers are real here"
    return "; mg.values(…) makes an array of Values" if hasattr(x, "__len__") else ""


def of_syntax(text: str) -> str:
    """What an error adds to text that is no formula; "" if nothing is known."""
    import re  # at its first use: it takes 2 ms to import

    return next((f"; {words}" for p, words in IN_SYNTAX.items() if re.search(p, text)), "")


def of_module(name: str) -> str:
    """What an error adds to a name that the module does not have; "" if nothing is known."""
    return f": {IN_MODULE[name]}" if name in IN_MODULE else ""
