"""What a graph can tell about its own numbers: where one stopped being finite, for example."""
