"""A Graph as JSON text: exact, with its format's version, and safe to read from anywhere.

A node is a list of its name, its row's name, its operands and its recorded number. An operand that
is an integer is the place of an earlier node. Floats are texts, as ``float.hex`` writes them, since
JSON has neither infinities nor NaN. A node that is a vector has a list of numbers, and after it its
shape; a node that picks elements has their places after that. Rows that a user made from a formula
are stored as the steps of their formula, so that a file does not depend on who reads it.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Sequence
from math import prod
from typing import Any

from .. import primitives
from ..core import TABLE, Primitive
from ..namespaces.text import listed
from .node import PICK, Node, Nodes
from .symbols import Construction, Symbol, compact, pruned

FORMAT, VERSION = "micrograph graph", 1


def to_json(graph: Any) -> str:
    """A Graph as JSON text. See ``Graph.to_json``."""
    nodes, outputs = graph.nodes, list(graph.outputs_of(range(len(graph.nodes))))
    recorded = graph.recorded_nodes
    for node in nodes:
        if node.op and _is_users(node.op) and node.op.definition is None:
            raise ValueError(
                f"the row {node.op.name!r} of node {node.name} is Python code, which a file can't "
                "hold; make the row from a formula"
            )
    users = {node.op for node in nodes if node.op and _is_users(node.op)}
    own = [row.name for row in users if getattr(row.partials, "given", False)]
    if own:
        warnings.warn(
            f"to_json: the file holds the formula of {listed(sorted(own))}, and not the partials "
            "that were given; the gradient of the stored graph is the formula's",
            stacklevel=3,
        )
    if users:
        nodes, outputs, recorded = _spelled_out(graph)
    found = {"format": FORMAT, "version": VERSION, "outputs": outputs, "recorded": recorded}
    if graph.arguments:
        found["arguments"] = graph.arguments
    found["nodes"] = list(map(_listed, nodes))
    return json.dumps(found, separators=(",", ":"), ensure_ascii=False)


def _listed(node: Node) -> list[Any]:
    """A node as a list."""
    data = [float(x).hex() for x in node.data] if node.shape else float(node.data).hex()
    operands = [x if type(x) is int else float(x).hex() for x in node.args]
    found = [node.name, node.op and node.op.name, operands, data]
    if node.op is PICK:
        return [*found, node.shape, list(node.places)]
    return [*found, node.shape] if node.shape else found


def _is_users(row: Primitive) -> bool:
    return row is not PICK and getattr(primitives, row.name, None) is not row


def _spelled_out(graph: Any) -> tuple[Nodes, list[int], int]:
    """The nodes with the steps of their formula in place of users' rows."""
    xp = Construction(whole=lambda row: not _is_users(row))
    inputs = [xp.input(node) for node in graph.inputs]
    graph.recorded().evaluate(xp, inputs)
    recorded = len(xp.ops)
    work = graph.evaluate(xp, inputs)
    for node, x in zip(graph.nodes, work, strict=True):
        if type(x) is Symbol:
            xp.names.setdefault(x.place, node.name)
    outputs = [xp.output(x) for x in graph.outputs_of(work)]
    return pruned(xp, outputs, recorded)


def from_json(text: str | bytes) -> tuple[list[Node], list[int], int, Any]:
    """The nodes of a Graph in JSON text, its outputs, how many were recorded, its arguments."""
    try:
        found = json.loads(text, parse_constant=_refused)
    except (ValueError, TypeError, RecursionError) as error:
        said = "it is nested too deeply" if isinstance(error, RecursionError) else error
        raise ValueError(f"not a graph in JSON: {said}") from None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise ValueError(f'not a graph: expected an object with "format": "{FORMAT}"')
    if found.get("version") != VERSION:
        raise ValueError(f"a graph of version {found.get('version')!r}; this one reads {VERSION}")
    given, outputs, recorded = (found.get(key) for key in ("nodes", "outputs", "recorded"))
    if not isinstance(given, list) or not isinstance(outputs, list):
        raise ValueError("a graph needs lists of nodes and outputs")
    nodes: list[Node] = []
    for x in given:
        nodes.append(_node(nodes, x))
    for k in outputs:
        if type(k) is not int or not 0 <= k < len(nodes):
            raise ValueError(f"output {k!r} is not one of the {len(nodes)} nodes")
    if type(recorded) is not int or not 0 <= recorded <= len(nodes):
        raise ValueError(f"recorded: expected a number up to {len(nodes)}, got {recorded!r}")
    return nodes, outputs, recorded, _arguments(found.get("arguments", []), nodes)


def _arguments(given: Any, nodes: Sequence[Node]) -> tuple[tuple[str, Any], ...]:
    """The arguments of the function that was traced, each with the inputs that it holds."""
    inputs = sum(node.op is None for node in nodes)
    waiting, met = [given], []
    fits = isinstance(given, list) and all(
        isinstance(x, list) and len(x) == 2 and isinstance(x[0], str) for x in given
    )
    waiting = [x[1] for x in given] if fits else []
    for x in waiting:  # the list grows meanwhile
        if isinstance(x, dict | list):
            waiting += x.values() if isinstance(x, dict) else x
        else:
            met.append(x)
    if not fits or any(type(x) is not int or not 0 <= x < inputs for x in met):
        raise ValueError(f"arguments: expected names with the numbers of inputs, got {given!r:.80}")
    return tuple((name, structure) for name, structure in given)


def _refused(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")


def _node(nodes: Sequence[Node], given: Any) -> Node:
    """The node after these. Raises ValueError if it is none."""
    i = len(nodes)
    if not (isinstance(given, list) and 4 <= len(given) <= 6 and isinstance(given[2], list)):
        raise ValueError(f"node {i}: expected [name, row, operands, number], got {given!r:.80}")
    name, called, operands, data, shape, places = (*given, (), ())[:6]
    if not isinstance(name, str):
        raise ValueError(f"node {i}: expected text as its name, got {name!r:.80}")
    row = TABLE.get(called) if isinstance(called, str) else None
    row = PICK if called == PICK.name else row
    if called is not None and (row is None or _is_users(row)):
        raise ValueError(f"node {i}: the table has no row named {called!r:.80}")
    for x in operands:
        if type(x) is int and not 0 <= x < i:
            raise ValueError(f"node {i}: its operand {x} is not an earlier node")
    args = tuple(x if type(x) is int else _float(i, x) for x in operands)
    shape, places = _whole(i, shape, 0), _whole(i, places, -1)
    numbers = data if shape and isinstance(data, list) else [data]
    if prod(shape) != len(numbers):
        raise ValueError(f"node {i}: expected {prod(shape)} numbers, got {data!r:.80}")
    fitting = _shape(row, [nodes[x].shape if type(x) is int else () for x in args], places, shape)
    if fitting is None and not shape and row is not PICK:
        raise ValueError(f"node {i}: {called!r} does not take {len(args)} operands")
    if fitting != shape or (places and row is not PICK):
        raise ValueError(
            f"node {i}: {called!r} does not make a result of shape {shape} of {len(args)} operands"
        )
    floats = tuple(_float(i, x) for x in numbers)
    return Node(name, row, args, floats if shape else floats[0], shape, compact(places))


def _whole(i: int, given: Any, least: int) -> tuple[int, ...]:
    """Whole numbers from ``least`` on."""
    if not isinstance(given, list | tuple) or any(type(k) is not int or k < least for k in given):
        raise ValueError(f"node {i}: expected whole numbers from {least} on, got {given!r:.80}")
    return tuple(given)


def _shape(
    row: Primitive | None,
    given: Sequence[tuple[int, ...]],
    places: Sequence[int],
    shape: tuple[int, ...],
) -> tuple[int, ...] | None:
    """The shape of a row's result, for operands of these shapes. None if they do not fit.

    An input, and what is picked, may have any shape.
    """
    if row is None:
        return None if given else shape
    widest: tuple[int, ...] = max(given, key=len, default=())
    if row is PICK:
        inside = len(places) == prod(shape) and max(places, default=-1) < sum(map(prod, given))
        return shape if inside else None
    if row.vectors and not widest:
        return () if given and len(given) % row.vectors == 0 else None
    if row.vectors:
        fits = len(given) == row.vectors and all(s in (widest, widest[-1:]) for s in given)
        return widest[:-1] if fits else None
    fits = len(given) == row.arity and all(s in ((), widest) for s in given)
    return widest if fits else None


def _float(i: int, x: Any) -> float:
    try:
        return float.fromhex(x)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(
            f"node {i}: expected a float as text, like '0x1.8p+1', got {x!r:.80}"
        ) from None
