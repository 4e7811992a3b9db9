"""The random programs of the engine's tests, for the tests beside this file."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent / "engine"))

from random_programs import record as record
