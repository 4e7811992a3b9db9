"""Names of ``typing``, for the modules that ``import micrograph`` loads.

``typing``, and the modules that it imports, took 6 of the 20 ms of that import (2026-11-27). Nearly
all of it was for names in annotations. Annotations are text, which type checkers read.

Type checkers find the names of ``typing`` here. The running program finds stand-ins. So
``typing.get_type_hints`` tells ``object`` where an annotation says ``Any``.
"""

from __future__ import annotations

TYPE_CHECKING = False  # type checkers take it for true

if TYPE_CHECKING:
    from typing import Any as Any
    from typing import ClassVar as ClassVar
    from typing import NamedTuple as NamedTuple
    from typing import NoReturn as NoReturn
    from typing import SupportsFloat as SupportsFloat
    from typing import overload as overload
else:
    from collections import namedtuple

    Any = ClassVar = NoReturn = SupportsFloat = object

    def overload(function):
        """The function, which says how another is called."""
        return function

    class _Fields(type):
        """It makes a class of annotated fields, as the metaclass in ``typing`` does."""

        def __new__(cls, name, bases, body):
            if not bases:
                return super().__new__(cls, name, bases, body)
            fields = body["__annotations__"]
            defaults = [body.pop(field) for field in fields if field in body]
            made = namedtuple(name, fields, defaults=defaults, module=body["__module__"])
            made.__annotations__ = made.__new__.__annotations__ = fields
            for key, x in body.items():
                if key != "__annotations__":
                    setattr(made, key, x)
            return made

    class NamedTuple(metaclass=_Fields):
        """As in ``typing``: a subclass with annotated fields is a tuple with these names."""
