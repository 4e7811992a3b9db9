"""The tests here draw their graphs from the random programs of the engine's tests."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent / "engine"))
