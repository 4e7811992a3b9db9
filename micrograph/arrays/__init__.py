"""Arrays of Values that run NumPy code as it is: each of NumPy's functions becomes rows."""

from .array import ValueArray, values

__all__ = ["ValueArray", "values"]
