"""The command line. Each command has a file; ``main`` reads the arguments and prints errors."""

from .main import main

__all__ = ["main"]
