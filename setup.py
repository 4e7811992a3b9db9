"""Builds the compiled Value and the kernels if there is a C compiler; if not, Python serves."""

import os
import platform
import subprocess
import sys
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.errors import CompileError

HERE = Path(__file__).parent
# No flag that changes a last bit: a product and a sum stay two roundings.
FLAGS = {
    "unix": ["-O3", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math"],
    "msvc": ["/O2", "/fp:precise"],
}
OF_COMPILER = (  # those for kernels, of which the first that the compiler knows are taken
    # gcc would make branches of what is to be chosen lane by lane
    ["-fopenmp-simd", "-Wno-psabi", "-fno-thread-jumps", "-fno-split-paths"],
    ["-fopenmp-simd", "-fveclib=libmvec"],  # clang
    [],
)
SETS = {  # sets of instructions that the kernels are compiled for, and how they are chosen
    "baseline": [],
    "avx2": ["-mavx2"],
    "avx512": [*map("-mavx512{}".format, ("f", "dq", "bw", "vl")), "-mprefer-vector-width=512"],
}
HEADERS = {  # what the package prints as C, by the folder of the extension
    "engine": ("_rows.h", "micrograph.namespaces.c", "micrograph.engine.build"),
    "kernels": ("_kernels.h", "micrograph.kernels.header", "micrograph.kernels.build"),
}
PRINTED = """
import sys
from {} import header
from {} import fingerprint
sys.stdout.buffer.write(header(fingerprint()).encode())
"""


def rows_as_c(modules):
    """The table as C, printed by the package itself, which needs nothing but Python for that."""
    environment = {**os.environ, "MICROGRAPH_PURE": "1", "PYTHONPATH": str(HERE)}
    command = [sys.executable, "-B", "-c", PRINTED.format(*modules)]
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
    """A build that goes on without the extensions. What it generates lies in its own folder."""

    def build_extension(self, extension):
        """Compile an extension; say in one line why not."""
        self.force = True  # setuptools doesn't know that the table changes the header
        self.cython_c_in_temp = True
        folder = extension.name.split(".")[1]
        name, *modules = HEADERS[folder]
        generated = Path(self.build_temp) / folder
        try:
            generated.mkdir(parents=True, exist_ok=True)
            (generated / name).write_bytes(rows_as_c(modules))
            extension.include_dirs = [str(generated), f"micrograph/{folder}"]
            extension.extra_compile_args = list(FLAGS.get(self.compiler.compiler_type, []))
            if folder == "kernels":
                self.add_kernels(extension, generated)
            super().build_extension(extension)
        except Exception as error:
            said = " ".join(str(error).split())
            say(f"micrograph: {folder} not compiled, Python serves ({said})")

    def add_kernels(self, extension, generated):
        """Compile the kernels, for each set of instructions that this kind of processor has."""
        gnu = self.compiler.compiler_type == "unix"
        several = gnu and sys.platform == "linux" and platform.machine() == "x86_64"
        macros = [("X86_SETS", None)] if several else []
        if several and platform.libc_ver()[0] == "glibc":
            macros.append(("MVEC", None))
        sources = ["micrograph/kernels/blocks.c"]
        if ("MVEC", None) in macros:
            sources.append("micrograph/kernels/mvec.c")
        extension.define_macros = macros
        for flags in OF_COMPILER if gnu else ([],):
            try:
                extension.extra_objects = [
                    made
                    for name in (SETS if several else ["baseline"])
                    for made in self.compiler.compile(
                        sources,
                        output_dir=str(generated / name),
                        macros=[*macros, ("ISA", name)],
                        include_dirs=extension.include_dirs,
                        extra_postargs=[*extension.extra_compile_args, *flags, *SETS[name]],
                    )
                ]
                return
            except CompileError as error:
                failed = error
        raise failed


setup(
    ext_modules=[
        Extension("micrograph.engine._value", ["micrograph/engine/_value.pyx"], optional=True),
        Extension(
            "micrograph.kernels._kernels",
            ["micrograph/kernels/_kernels.pyx", "micrograph/kernels/point.c"],
            optional=True,
        ),
    ],
    cmdclass={"build_ext": Build},
)
