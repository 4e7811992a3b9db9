"""Builds the compiled Value where there is a C compiler; where not, plain Python serves."""

import os
import subprocess
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
HEADER = """
import sys
from micrograph.namespaces.c import header
from micrograph.engine.build import fingerprint
sys.stdout.buffer.write(header(fingerprint()).encode())
"""


def rows_as_c():
    """The table as C, printed by the package itself, which needs nothing but Python for that."""
    environment = {**os.environ, "MICROGRAPH_PURE": "1", "PYTHONPATH": str(HERE)}
    command = [sys.executable, "-B", "-c", HEADER]
    ran = subprocess.run(command, env=environment, cwd=HERE, capture_output=True)
    if ran.returncode:
        raise RuntimeError(f"the table can't be printed as C: {ran.stderr.decode()}")
    return ran.stdout


def say(line):
    """Print where a person sees it: pip keeps to itself what a build prints, but for ``-v``."""
    try:
        with open("/dev/tty", "w") as terminal:
            print(line, file=terminal)
    except OSError:  # there is none
        print(line, file=sys.stderr)


class Build(build_ext):
    """A build that goes on without the extension. What it generates lies in its own folder."""

    def build_extension(self, extension):
        """Compile the rows and the engine; say in one line why not."""
        self.force = True  # setuptools doesn't know that the table changes the header
        self.cython_c_in_temp = True
        generated = Path(self.build_temp)
        try:
            generated.mkdir(parents=True, exist_ok=True)
            (generated / "_rows.h").write_bytes(rows_as_c())
            extension.include_dirs = [str(generated)]
            extension.extra_compile_args = FLAGS.get(self.compiler.compiler_type, [])
            super().build_extension(extension)
        except Exception as error:
            say(f"micrograph: not compiled, plain Python serves ({' '.join(str(error).split())})")


setup(
    ext_modules=[
        Extension("micrograph.engine._value", ["micrograph/engine/_value.pyx"], optional=True)
    ],
    cmdclass={"build_ext": Build},
)
