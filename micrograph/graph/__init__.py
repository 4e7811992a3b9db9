"""Graph: what Values recorded as plain data, evaluated, differentiated and exported."""

from .graph import Graph, Node

__all__ = ["Graph", "Node"]
