"""The command line, a file a command; ``main`` reads the arguments and answers for errors."""

from .main import main

__all__ = ["main"]
