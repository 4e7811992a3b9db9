"""micrograph: reverse-mode automatic differentiation, built around the computation graph.

To read the code, begin with three files:

- ``primitives``: the table. A row is an operation with its derivatives, each written once.
- ``engine/value``: a Value is a node. It remembers the Values that it was computed from, and its
  slope in each of them.
- ``engine/sweep``: the chain rule along the nodes, backward from the result.

Then read ``core``: it says what a row is, and what a kind of number is. ``namespaces`` has the
kinds of number. ``graph``, ``transforms``, ``kernels``, ``explanation``, ``render``, ``learn``,
``testing`` and ``cli`` build on these, each in a folder of its own. Imports point down, from
``cli`` to ``core``.
"""

from __future__ import annotations

import builtins as _builtins
import sys

from . import hint as _hint
from .annotation import TYPE_CHECKING, Any
from .core import row_named as _row_named  # noqa: F401  # pickles name it
from .domain import DomainError
from .engine.build import build_info
from .engine.leaves import zero_grad
from .engine.memory import _restored  # noqa: F401  # pickles name it
from .engine.scope import scope
from .engine.value import Value
from .primitives import *  # noqa: F403  # every public row of the table, by its name
from .primitives import __all__ as _rows

if TYPE_CHECKING:
    from .arrays import ValueArray as ValueArray
    from .arrays import values as values
    from .explanation.explain import explain as explain
    from .explanation.formulas import latex as latex
    from .explanation.nonfinite import first_nonfinite as first_nonfinite
    from .explanation.nonfinite import strong_zeros as strong_zeros
    from .graph import Graph as Graph
    from .kernels.compiled import compile as compile  # noqa: A004  # as a row shadows abs
    from .kernels.mean_over import mean_over as mean_over
    from .registration import primitive as primitive
    from .render.dot import draw as draw
    from .render.frames import frames as frames
    from .render.markup import mermaid as mermaid
    from .render.markup import tikz as tikz
    from .render.page import to_html as to_html
    from .render.table import table as table
    from .transforms import custom_vjp as custom_vjp
    from .transforms import elementwise as elementwise
    from .transforms import fixed_point as fixed_point
    from .transforms import grad as grad
    from .transforms import hessian as hessian
    from .transforms import hvp as hvp
    from .transforms import jacobian as jacobian
    from .transforms import jvp as jvp
    from .transforms import root as root
    from .transforms import trace as trace
    from .transforms import value_and_grad as value_and_grad
    from .transforms import value_and_jacobian as value_and_jacobian
    from .transforms import vjp as vjp
    from .vectors import cumsum as cumsum
    from .vectors import log_softmax as log_softmax
    from .vectors import norm as norm
    from .vectors import softmax as softmax

__version__ = "0.2.0"


def _array_ufunc(_: Value, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
    from .arrays.ufuncs import apply

    return apply(ufunc, method, inputs, options)


def _array_function(_: Value, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
    from .arrays.functions import call

    return call(function, args, kwargs)


# NumPy asks any operand for these. Arrays stand above Values, and are imported when asked.
Value.__array_ufunc__, Value.__array_function__ = _array_ufunc, _array_function  # type: ignore[attr-defined]  # NumPy's

for _then, _now in {"row": "core", "value": "engine.value", "deep": "engine.memory"}.items():
    # where pickles made before 2026-11-25 look for what they hold
    sys.modules[f"{__name__}.{_then}"] = sys.modules[f"{__name__}.{_now}"]

_TRANSFORMS = (
    "elementwise grad value_and_grad jacobian value_and_jacobian hessian jvp vjp hvp trace "
    "custom_vjp root fixed_point"
)
_LATER = {
    "Graph": ".graph",
    "ValueArray": ".arrays",
    "compile": ".kernels.compiled",
    "draw": ".render.dot",
    "frames": ".render.frames",
    "explain": ".explanation.explain",
    "first_nonfinite": ".explanation.nonfinite",
    "latex": ".explanation.formulas",
    "mean_over": ".kernels.mean_over",
    "mermaid": ".render.markup",
    "primitive": ".registration",
    "strong_zeros": ".explanation.nonfinite",
    "table": ".render.table",
    "tikz": ".render.markup",
    "to_html": ".render.page",
    "values": ".arrays",
    "_array_restored": ".arrays.array",
    **dict.fromkeys(_TRANSFORMS.split(), ".transforms"),
    **dict.fromkeys(("cumsum", "log_softmax", "norm", "softmax"), ".vectors"),
}
"""Names that are imported at their first use, so that ``import micrograph`` stays light."""

_MODULES = ("learn", "math", "numpy", "testing")
"""Modules that are imported at their first use. ``learn`` and ``testing`` need extras."""

__all__ = [
    "DomainError",
    "Value",
    "build_info",
    "scope",
    "zero_grad",
    *(x for x in (*_LATER, *_rows) if not (x.startswith("_") or hasattr(_builtins, x))),
]


def __dir__() -> list[str]:
    """All public names, also those not in ``__all__``: abs, compile, round and the modules."""
    later = (name for name in _LATER if not name.startswith("_"))
    return sorted({*__all__, *_rows, *later, *_MODULES, "__version__"})


def _later(name: str) -> Any:
    from importlib import import_module

    if name in _MODULES:
        return import_module(f".{name}", __name__)
    if name not in _LATER:
        module = sys.modules[__name__]  # from whose names Python suggests what was meant
        raise AttributeError(
            f"module 'micrograph' has no attribute {name!r}{_hint.of_module(name)}",
            name=name,
            obj=module,
        )
    if sys.modules.get(__name__) is not _loaded[__name__]:  # somebody took it out, or imported anew
        sys.modules.update(_loaded)
    found = globals()[name] = getattr(import_module(_LATER[name], __name__), name)
    _loaded.update(_our_modules())
    return found


def _our_modules() -> dict[str, Any]:
    return {name: x for name, x in sys.modules.items() if name.partition(".")[0] == __name__}


if not TYPE_CHECKING:  # a type checker is to find what is misspelt
    __getattr__ = _later

_loaded = _our_modules()
