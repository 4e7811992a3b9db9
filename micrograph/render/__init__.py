"""Pictures, tables and texts of a graph; one file each, all from the same ``scene``."""
