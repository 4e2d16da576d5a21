"""How Sphinx builds the site: python -m sphinx -W --keep-going docs build/site"""

import sys
from importlib import metadata
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "extensions"))

project = "livebrush"
author = "the livebrush authors"
version = release = metadata.version("livebrush")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "docstrings",
    "generated_pages",
    "local_files_only",
]
smartquotes = False
exclude_patterns = ["extensions", "generated/included"]
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_default_options = {"members": True}
autodoc_class_signature = "mixed"
python_maximum_signature_line_length = 88
add_module_names = False

html_theme = "furo"
html_title = f"livebrush {version}"
html_copy_source = False
html_show_sphinx = False
