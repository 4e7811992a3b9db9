"""What a graph can tell of its own numbers."""
