"""Pictures and tables of a graph. Both are made from the same ``scene``."""
