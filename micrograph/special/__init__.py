"""Accurate forms of functions whose textbook formulas lose digits or overflow on floats.

The rows of the table and the namespaces call them. A form that takes ``xp`` serves every kind of
number: ``xp`` is the namespace, the operations of one kind of number by name. A form without
``xp`` is written for floats.
"""
