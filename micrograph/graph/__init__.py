"""Graph: a recorded computation as plain data, to be evaluated, differentiated and exported."""

from .arguments import Arguments
from .graph import Graph
from .node import PICK, Node, Nodes

__all__ = ["PICK", "Arguments", "Graph", "Node", "Nodes"]
