"""Graph: a recorded computation as plain data, to be evaluated, differentiated and exported."""

from .graph import Graph
from .node import Node, Nodes

__all__ = ["Graph", "Node", "Nodes"]
