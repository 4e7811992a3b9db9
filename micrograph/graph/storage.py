"""A Graph as JSON text: exact, with its format's version, and safe to read from anywhere.

A node is a list of its name, its row's name, its operands and its recorded number. An operand that
is an integer is the place of an earlier node. Floats are texts, as ``float.hex`` writes them, since
JSON has neither infinities nor NaN. Rows that a user made from a formula are stored as the steps of
their formula, so that a file does not depend on who reads it.
"""

from __future__ import annotations

import json
from typing import Any

from .. import primitives
from ..core import TABLE, Primitive
from .node import Node
from .symbols import Construction, Symbol, pruned

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
    if any(node.op and _is_users(node.op) for node in nodes):
        nodes, outputs, recorded = _spelled_out(graph)
    listed = [
        [
            node.name,
            node.op and node.op.name,
            [x if type(x) is int else float(x).hex() for x in node.args],
            float(node.data).hex(),
        ]
        for node in nodes
    ]
    found = {"format": FORMAT, "version": VERSION, "outputs": outputs, "recorded": recorded}
    return json.dumps(found | {"nodes": listed}, separators=(",", ":"), ensure_ascii=False)


def _is_users(row: Primitive) -> bool:
    return getattr(primitives, row.name, None) is not row


def _spelled_out(graph: Any) -> tuple[list[Node], list[int], int]:
    """The nodes with the steps of their formula in place of users' rows."""
    xp = Construction(whole=lambda row: not _is_users(row))
    inputs = [xp.input(node) for node in graph.inputs]
    graph.recorded().evaluate(xp, inputs)
    recorded = len(xp.nodes)
    work = graph.evaluate(xp, inputs)
    for node, x in zip(graph.nodes, work, strict=True):
        if type(x) is Symbol and not x.node.name:
            xp.nodes[x.place] = x.node._replace(name=node.name)
    outputs = [xp.output(x) for x in graph.outputs_of(work)]
    return pruned(xp.nodes, outputs, recorded)


def from_json(text: str | bytes) -> tuple[list[Node], list[int], int]:
    """The nodes of a Graph in JSON text, its outputs, and how many nodes were recorded."""
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
    nodes = [_node(i, x) for i, x in enumerate(given)]
    for k in outputs:
        if type(k) is not int or not 0 <= k < len(nodes):
            raise ValueError(f"output {k!r} is not one of the {len(nodes)} nodes")
    if type(recorded) is not int or not 0 <= recorded <= len(nodes):
        raise ValueError(f"recorded: expected a number up to {len(nodes)}, got {recorded!r}")
    return nodes, outputs, recorded


def _refused(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")


def _node(i: int, given: Any) -> Node:
    """The i-th node. Raises ValueError if it is none."""
    if not (isinstance(given, list) and len(given) == 4 and isinstance(given[2], list)):
        raise ValueError(f"node {i}: expected [name, row, operands, number], got {given!r:.80}")
    name, called, operands, data = given
    if not isinstance(name, str):
        raise ValueError(f"node {i}: expected text as its name, got {name!r:.80}")
    row = TABLE.get(called) if isinstance(called, str) else None
    if called is not None and (row is None or _is_users(row)):
        raise ValueError(f"node {i}: the table has no row named {called!r:.80}")
    width = 0 if row is None else row.vectors or row.arity
    fits = len(operands) % width == 0 if row and row.vectors else len(operands) == width
    if not fits or (row and not operands):
        raise ValueError(f"node {i}: {called!r} does not take {len(operands)} operands")
    for x in operands:
        if type(x) is int and not 0 <= x < i:
            raise ValueError(f"node {i}: its operand {x} is not an earlier node")
    args = tuple(x if type(x) is int else _float(i, x) for x in operands)
    return Node(name, row, args, _float(i, data))


def _float(i: int, x: Any) -> float:
    try:
        return float.fromhex(x)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(
            f"node {i}: expected a float as text, like '0x1.8p+1', got {x!r:.80}"
        ) from None
