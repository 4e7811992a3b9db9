"""What people write who come from elsewhere: each slip gets one sentence that says what to write here."""

import math
import re
import statistics
from operator import attrgetter

import numpy as np
import pytest
import scipy.special

import micrograph as mg
from micrograph import Value, grad, hint
from micrograph.cli.formula import FormulaError, read
from micrograph.cli.main import main
from micrograph.core import TABLE
from micrograph.engine.build import compiled

SLIPS = {  # what is written: words of the sentence
    # PyTorch, TensorFlow, JAX
    "x.item()": "x.data is the number",
    "x.detach()": "mg.stop_gradient(x)",
    "x.numpy()": "x.data",
    "x.tolist()": "x.data",
    "x.clone()": "Value(x.data) is a new leaf",
    "x.zero_grad()": "mg.zero_grad(x)",
    "x.requires_grad": "every Value has a gradient",
    "x.requires_grad_()": "mg.stop_gradient(x) is a constant",
    "x.requires_grad = False": "mg.stop_gradient(x) is a constant",
    "x.is_leaf": "x.op is None",
    "x.grad_fn": "x.op",
    "x.sigmoid_()": "y = x.sigmoid()",
    "x.add_(1)": "y = x + 1.0",
    "x.log(2)": "Value.log() takes",
    "x.sum()": "mg.sum([x, y])",
    "x.mean()": "mg.mean([x, y])",
    "x.T": "mg.values(array)",
    "x.reshape(1)": "mg.values(array)",
    "x.to('cpu')": "mg.compile",
    "x.assign(3.0)": "x.data = 2.0",
    "x.grad = None": "expected a number as grad",
    "mg.no_grad()": "mg.stop_gradient(x)",
    "mg.tensor(1.0)": "mg.Value(2.0)",
    "mg.Tensor": "mg.values(array)",
    "mg.Variable(1.0)": "mg.Value(2.0)",
    "mg.nn": "micrograph.learn",
    "mg.optim": "gradient_descent",
    "mg.GradientTape()": "mg.grad(f)",
    "mg.jit": "mg.compile(f)",
    "mg.vmap": "mg.compile(f)(array)",
    "mg.elementwise_grad": "mg.elementwise(f)",
    # micrograd
    "x.label": 'x.named("a")',
    "x.label = 'a'": 'x.named("a")',
    "x._prev": "x.parents",
    "x._backward": "mg.primitive",
    "x._backward = lambda: None": "mg.primitive",
    "Value(1.0, label='a')": "Value takes no label=; the name is the second argument",
    "Value(1.0, requires_grad=True)": "every Value has a gradient",
    "Value(1.0, _children=())": "operations make inner nodes",
    "Value(1.0, nam='a')": "nam",
    "Value([1, 2])": "mg.values(…)",
    "Value('3')": "float(…)",
    "Value(1 + 2j)": "numbers are real",
    "Value(None)": "expected a number, got None",
    "Value(np.array([1.0, 2.0]))": "mg.values(…)",
    "Value(x)": "use it as it is",
    "Value(1, 2)": "expected a string as a name",
    "mg.values([1.0, 2.0], 3)": "expected a string as a name, got 3",
    "x.data = 'a'": "float(…)",
    # NumPy, SymPy
    "x.value": "x.data",
    "x.evalf()": "x.data",
    "x.diff()": "mg.grad(f)",
    "x.subs('x', 2)": "mg.Graph.of(y)(x=2.0)",
    "mg.symbols('x')": 'mg.Value(2.0, "x")',
    "mg.array([1.0])": "mg.values(array)",
    "mg.ln(x)": "mg.log",
    "mg.sigma(x)": "mg.sigmoid",
    "mg.arctan(x)": "mg.atan",
    "statistics.mean([x, x])": "use mg.mean",
    "np.spacing(x)": "NumPy's spacing takes floats",
    "scipy.special.i0(x)": "write mg.i0e(x) * mg.exp(mg.abs(x))",
    "scipy.special.lambertw(x)": "use mg.lambertw",
    "scipy.special.beta(x, 2.0)": "mg.exp(mg.betaln(a, b))",
    "mg.sum(x)": "a sequence of numbers",
    "mg.mean(1.0, 2.0)": "mean([x1, x2, …])",
    "mg.where(x > 1, x)": "where(condition, a, b)",
    "mg.pi": "mg.math.pi",
    "mg.randn(3)": "with NumPy",
    "mg.jnp": "import numpy as np",
    "mg.swish(x)": "mg.silu",
    "mg.clamp(x, 0, 1)": "mg.clip(x, low, high)",
    "mg.BCEWithLogitsLoss()": "mg.logistic_loss(z, y)",
    "mg.draw_dot(x)": "mg.draw(y)",
    "mg.fsolve": "mg.root(f, 1.0)",
    "x.plot()": "mg.draw(y)",
    # derivatives
    "grad(x * x)": "write grad(f)(x)",
    "grad(lambda x: x, 1)(3.0)": "there is no argument 1",
    "grad(lambda x: None)(3.0)": "f returned None",
    "grad(lambda x: [x, x])(3.0)": "Use jacobian(f)",
    "grad(lambda x: np.array([x, x]))(3.0)": "Use jacobian(f)",
    "grad(lambda x: 'a')(3.0)": "expected numbers",
    "grad(lambda x: math.exp(x))(3.0)": "micrograph.math",
    "mg.trace(lambda x: x if x > 0 else -x, 1.0)": "mg.where(x > 0, …, …)",
    "x.backward(Value(1.0))": "or its .data",
    # pictures and checks
    "mg.draw(3.0)": "expected a Value to show",
    "mg.draw(x * x, 'x.bmp')": "one of .svg",
    "mg.zero_grad(3.0)": "Values in a list",
    "mg.Graph.of(3.0)": "expects Values",
}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_gets_a_sentence_that_says_what_to_write(slip):
    names = {"x": Value(2.0, "x"), "mg": mg, "np": np, "math": math, "grad": grad, "Value": Value}
    with pytest.raises((AttributeError, TypeError, ValueError)) as found:
        exec(slip, names | {"statistics": statistics, "scipy": scipy})
    assert SLIPS[slip] in str(found.value)
    assert "\n" not in str(found.value)


FORMULAS = {
    "σ(a)": "write sigmoid(…)",
    "sigma(a)": "write sigmoid(…)",
    "ln(a)": "write log(…)",
    "arctan(a)": "write atan(…)",
    "sigmod(a)": "did you mean sigmoid?",
    "3(a+bc)": "write * for a product",
    "a(b+c)": "a product is written a*(…)",
    "2a + b*c": "write * for a product: 2*a",
    "a + bc": "or write b*c",
    "a^2": "write ** for a power",
    "a²": "write ** for a power: x**2",
    "|a|": "write abs(x)",
    "√a": "write sqrt(x)",
    "sin a": "sin(a)",
    r"\frac{a}{b}": "not LaTeX",
    "$a$": "not LaTeX",
    "a^{2}": "write ** for a power",
    "e^a": "write exp(x) for a power of e",
    "e**a": "e=2.718281828459045, and write exp(x)",
    "π*a": "give it one, π=3.14159",
    "2*pi*a": "give it one, pi=3.14159",
    "a·b": "write * for a product: a*b",
    "a÷b": "write / for a quotient",
    "a−b": "write - for minus",
    "a ≥ b": "write <=, >= and !=",
    "a₁ + b": "write x1 for x₁",
    "∑a": "sum([a, b])",
    "sin²(a)": "write sin(x)**2",
    "sin⁻¹(a)": "asin(x) for sin⁻¹(x)",
    "sin^2(a)": "sin is a function: write sin(x), and sin(x)**2",
    "a!": "gamma(x + 1)",
    "5%": "write 0.05",
    "a mod b": "write % for a remainder",
    "1,5*a": "write 1.5 for a decimal comma",
    "a > 0 ? a : b": "where(condition, a, b)",
    "a if a > 0 else b": "where(condition, a, b)",
    "if a > 0: b": "where(condition, a, b)",
    "a && b": "write & for and",
    "lambda*a": "words of Python, such as lambda, can't be names",
    "lambda a: a**2": "write the expression alone",
    "=A1*B1": "leave out the = at the beginning",
    "SIN(a)": "write sin(…)",
    "LOG(a)": "write log(…)",
    "math.exp(a)": "write exp(…)",
    "a.exp()": "write exp(…)",
    "elu(a, alpha=2)": "whose arguments have no names",
    "norm([a, b])": "write hypot(…)",
    "{a + b}*c": "write ( and ) for brackets",
    "“a”": "leave out the quotation marks",
    "f(x) = a**2": "y = x**2",
    "f(x) = a^2": "y = x**2",
    "y := a": "write = for an assignment",
    "J == 3*a": "for an assignment write J = …",
    "u = b*c, J = 3*u": "write ; between assignments",
    "u = b*c and J = 3*u": "write ; between assignments",
    "sin(a": "'(' was never closed",
    "a)": "unmatched ')'",
}


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_slip_in_a_formula_gets_the_right_hint(formula):
    with pytest.raises(FormulaError) as found:
        read(formula, {"a": 1.0, "b": 2.0, "c": 3.0})
    assert FORMULAS[formula] in str(found.value)
    assert "Maybe" not in str(found.value)


ARGUMENTS = {
    ("a*b", "a=1", "b=1,5"): "write 1.5 for a decimal comma",
    ("a*b", "a=1", "b=−2"): "write - for minus",
    ("a*b", "a", "=", "1"): "got 'a'; write a=5, without spaces",
    ("a*b", "--a", "1"): "got '--a'; there is no such option",
}


@pytest.mark.parametrize("arguments", ARGUMENTS)
def test_a_slip_on_the_command_line_says_what_to_write(arguments, capsys):
    assert main(["draw", *arguments]) == 2
    assert ARGUMENTS[arguments] in capsys.readouterr().err


def test_foreign_names_are_not_there():
    """Code that asks what a number can do gets the answer that it got before."""
    x = Value(2.0)
    for name in hint.ON_VALUE:
        assert not hasattr(x, name)
        assert not hasattr(Value, name)
        assert getattr(x, name, None) is None
    assert not {*dir(x)} & hint.ON_VALUE.keys()
    assert not compiled or not {*dir(Value)} & hint.ON_VALUE.keys()
    assert type(Value).__name__ == "type"
    assert Value.__bases__ == (object,)
    for name in hint.IN_MODULE:
        assert not hasattr(mg, name)
    for row in hint.IN_FORMULA.values():
        assert TABLE[row].public
    assert not hint.IN_FORMULA.keys() & TABLE.keys()


def test_what_a_hint_names_is_there():
    tables = hint.ON_VALUE, hint.ON_ARRAY, hint.WORDS, hint.IN_MODULE, hint.IN_SYNTAX
    for words in {words for table in tables for words in table.values()}:
        for name in re.findall(r"\bmg\.(\w+(?:\.\w+)*)", words):
            assert attrgetter(name)(mg) is not None


def test_a_subclass_may_use_a_foreign_name():
    class Labelled(Value):
        item = 7

    x = Labelled(2.0)
    x.label = "a"
    assert (x.label, x.item, hasattr(x, "value")) == ("a", 7, False)
    del x.label
    assert not hasattr(x, "label")
    with pytest.raises(AttributeError, match=r"x\.data is the number"):
        del x.value
    row = mg.primitive("clone", formula=lambda xp, x: 1.0 * x)
    assert Value(2.0).clone().op is row


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("grad", "each element has its own: [v.grad for v in x.flat]"),
        ("backward", "sweep from one number: x.sum().backward()"),
        ("sigmoid", "write mg.sigmoid(x)"),
    ],
)
def test_an_array_of_values_says_what_to_write(name, words):
    w = mg.values([0.5, -1.0], "w")
    with pytest.raises(AttributeError) as raised:
        getattr(w, name)
    assert str(raised.value) == f"'ValueArray' object has no attribute {name!r}: {words}"
    assert name not in dir(w)
    assert "sum" in dir(w)


def test_no_attribute_of_an_array_is_foreign():
    assert not any(hasattr(np.ndarray, name) for name in hint.ON_ARRAY)
