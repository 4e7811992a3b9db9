"""Namespaces for other packages' numbers; each file is imported when its numbers are met."""
