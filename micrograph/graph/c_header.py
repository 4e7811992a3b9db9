"""What stands before the functions in a Graph's C source: what they are, and how to use them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import prod
from typing import Any

from ..namespaces.standalone import APART, Program
from ..namespaces.text import TEXT, Text, listed
from .c_names import comment
from .node import AUTOMATIC, PICK, Node

FEW = 40
"""A graph of so few steps is shown as formulas, and so few inputs are listed one by one."""

CLOSING = """\
#if defined(__clang__)
#elif defined(__GNUC__)
#pragma GCC pop_options
#endif
#ifdef __cplusplus
}
#endif"""


def about(graph: Any, name: str, functions: Sequence[Any], program: Program) -> str:
    """The comment at the top."""
    value, *others = functions
    outputs = [comment(node.name, 60) for node in graph.outputs]
    inputs = [comment(node.name, 60) for node in graph.inputs]
    what = outputs[0] if len(outputs) == 1 else listed(outputs)
    lines = [f"{what}, by micrograph from a graph of {len(graph.nodes)} nodes.", ""]
    lines += [*(f"    {line}" for line in _formulas(graph)), ""]
    given = ", ".join(value.inputs) if value.named and len(inputs) <= FEW else "inputs"
    sizes = _sizes(graph.inputs)
    if not value.named:
        lines += _table("inputs", inputs, sizes)
    else:
        for x, node, n in list(zip(value.inputs, inputs, sizes, strict=True))[:FEW]:
            known = [f"is {node}"] * (x != node) + [f"has {n} elements"] * (n > 0)
            lines += [f"    {x} {' and '.join(known)}"] if known else []
    if value.returns:
        lines += [f"{name}({given}) returns {what}."]
    else:
        lines += [f"{name}({given}, outputs) fills in"]
        lines += _table("outputs", outputs, _sizes(graph.outputs))
    for other in others:
        lines += [f"{other.name}({given}, gradient) returns it too, and fills in"]
        lines += _table("gradient", [f"d {what} / d {x}" for x in inputs], sizes)
    if value.named and 0 < len(inputs) <= 8 and not any(node.shape for node in graph.nodes):
        at = ", ".join(repr(float(node.data)) for node in graph.inputs)
        found = ", ".join(repr(float(node.data)) for node in graph.outputs)
        lines += ["", f"As recorded: {name}({at}) gives {found}."]
    lines += ["", *NOTES]
    if program.inexact:
        apart = ", ".join(f"{x} by {APART[x]}" for x in sorted(program.inexact))
        said = "Units in the last place by which a function may differ from micrograph's:"
        lines += ["", said, f"{apart}."]
    first, *rest = [line.rstrip() for line in lines]
    return "\n".join([f"/* {first}", *(f"   {x}" if x else "" for x in rest)]) + " */"


NOTES = """\
The numbers are those that micrograph computes, to the last bit, if the C library is the same one.
Outside a domain they are infinite or NaN, as in IEEE 754, and where an adjoint is 0, so is what it
contributes. There is no state: any number of threads may call these functions.

Compile as C11 or C++11, without -ffast-math. Other compilers than gcc and clang may need to be
told to round each product before it is added.""".splitlines()


def _sizes(nodes: Sequence[Node]) -> list[int]:
    """How many elements the nodes have. 0 stands for a number."""
    return [prod(node.shape) if node.shape else 0 for node in nodes]


def _table(array: str, meanings: Sequence[str], sizes: Sequence[int]) -> list[str]:
    """What stands where in an array. A size of 0 is a number."""
    lines, start = [], 0
    for x, n in list(zip(meanings, sizes, strict=True))[:FEW]:
        lines.append(f"    {array}[{f'{start} to {start + n - 1}' if n else start}]: {x}")
        start += n or 1
    left = len(meanings) - FEW
    return [*lines, *([f"    ... and {left} more, in the order of the graph"] if left > 0 else [])]


def _formulas(graph: Any) -> list[str]:
    """The graph as formulas, one for each node that has a name or is used twice."""
    if len(graph.nodes) > FEW:
        return []
    uses = Counter(i for node in graph.nodes for i in node.args if type(i) is int)
    outputs = set(graph.outputs_of(range(len(graph.nodes))))
    work: list[Text] = []
    lines = []
    for i, node in enumerate(graph.nodes):
        if node.op:
            operands = [work[x] if type(x) is int else x for x in node.args]
            wide = any(graph.nodes[x].shape for x in node.args if type(x) is int)
            if node.op is PICK or (node.op.vectors and wide):
                y = Text(f"{node.op.symbol}({', '.join(map(str, operands))})")
            else:
                y = TEXT.value(node.op, operands)
            inner = uses[i] == 1 and i not in outputs and AUTOMATIC.fullmatch(node.name)
            if inner and len(str(y)) < 60:
                work.append(y)
                continue
            lines.append(comment(f"{comment(node.name, 60)} = {y}"))
        work.append(Text(comment(node.name, 60)))
    return lines


def opening(program: Program) -> str:
    """The lines that include headers, and keep a compiler from changing last bits."""
    return "\n".join([*sorted(program.includes), *GUARDS])


GUARDS = """\

#if defined(__FAST_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)
#error "-ffast-math drops infinities, NaN and last bits: compile this file without it"
#elif FLT_EVAL_METHOD == 2
#error "doubles are kept in long registers here: compile this file with -msse2 -mfpmath=sse"
#endif
#ifdef __cplusplus
extern "C" {
#endif
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC push_options
#pragma GCC optimize("fp-contract=off")
#else
#pragma STDC FP_CONTRACT OFF
#endif""".splitlines()
