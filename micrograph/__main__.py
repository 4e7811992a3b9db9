"""The command line, run by ``python -m micrograph``."""

import sys

from .cli import main

sys.exit(main())
