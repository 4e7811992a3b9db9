"""Graph: a recorded computation as plain data, to be evaluated, differentiated and exported."""

from .graph import Arguments, Graph
from .node import PICK, Node, Nodes

__all__ = ["PICK", "Arguments", "Graph", "Node", "Nodes"]
