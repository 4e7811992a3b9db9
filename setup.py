"""Builds the compiled Value where there is a C compiler; where not, plain Python serves."""

import os
import sys
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

HERE = Path(__file__).parent
# No flag that changes a last bit: a product and a sum stay two roundings.
FLAGS = {
    "unix": ["-O3", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math"],
    "msvc": ["/O2", "/fp:precise"],
}


def print_rows():
    """Write the table as C, by the package itself, which needs nothing but Python for that."""
    sys.path.insert(0, str(HERE))
    os.environ["MICROGRAPH_PURE"] = "1"
    from micrograph.backends.c import header

    (HERE / "micrograph" / "_rows.h").write_text(header(), encoding="utf-8")


def say(line):
    """Print where a person sees it: pip keeps to itself what a build prints, but for ``-v``."""
    try:
        with open("/dev/tty", "w") as terminal:
            print(line, file=terminal)
    except OSError:  # there is none
        print(line, file=sys.stderr)


class Build(build_ext):
    """A build that goes on without the extension."""

    def build_extension(self, extension):
        """Compile the rows and the engine; say in one line why not."""
        self.force = True  # setuptools doesn't know that the table changes the header
        try:
            print_rows()
            extension.extra_compile_args = FLAGS.get(self.compiler.compiler_type, [])
            super().build_extension(extension)
        except Exception as error:
            say(f"micrograph: not compiled, plain Python serves ({' '.join(str(error).split())})")


setup(
    ext_modules=[Extension("micrograph._value", ["micrograph/_value.pyx"], optional=True)],
    cmdclass={"build_ext": Build},
)
