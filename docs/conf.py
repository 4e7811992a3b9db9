"""How Sphinx makes these pages: ``sphinx-build -W --keep-going -b html docs site``."""

import os
import shutil
import sys
from pathlib import Path

os.environ["MICROGRAPH_PURE"] = "1"  # the pages describe the Value that one can read

import micrograph

here = Path(__file__).parent
sys.path[:0] = [str(here), str(here.parent / "tests")]  # where ``pages`` and ``accuracy`` are

project = "micrograph"
version = release = micrograph.__version__
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "pages"]
napoleon_custom_sections = [("Cost", "returns_style")]
napoleon_use_rtype = False

# Sphinx reads what lies below docs/, and the notebooks lie beside it.
shutil.rmtree(here / "notebooks", ignore_errors=True)
shutil.copytree(here.parent / "notebooks", here / "notebooks", ignore=shutil.ignore_patterns(".*"))


def _of_copies(app, name, source):
    """The page's links to notebooks beside docs/ lead to the copies."""
    source[0] = source[0].replace("](../notebooks/", "](notebooks/")


def setup(app):
    """Sphinx calls this."""
    app.connect("source-read", _of_copies)


nb_execution_mode = "off"  # outputs are stored, and tests/test_notebooks.py holds them true
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3  # links to a heading

autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the words say it
python_use_unqualified_type_names = True
add_module_names = False
toc_object_entries_show_parents = "hide"

html_theme = "furo"
pygments_dark_style = "github-dark"  # Furo's own underlines the names of modules, as links are
html_title = "micrograph"
html_css_files = ["pages.css"]
html_js_files = [("pages.js", {"defer": "defer"})]
html_static_path = ["pages.css", "pages.js"]
html_math_renderer = "mathml"
html_show_copyright = False
