"""Graph: a recorded computation as plain data, to be evaluated, differentiated and exported."""

from .graph import Arguments, Graph
from .node import Node, Nodes

__all__ = ["Arguments", "Graph", "Node", "Nodes"]
