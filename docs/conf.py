"""The documentation site: sphinx-build -W -n docs build/site

Nothing is fetched while it is built or read: no fonts, no scripts, no lists of others' names.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).parent))

from sphinx.ext.autodoc.mock import mock

from calloff.texts.version import version as installed

# Keras and ONNX are heavy and optional: their pages are made without them.
with mock(["keras", "onnx"]):
    import keras

    keras.__version__ = "3.5"
    keras.saving = SimpleNamespace(register_keras_serializable=lambda **_: lambda layer: layer)
    import calloff.keras
    import calloff.lstm.onnx  # here, while the stand-ins are

    # Imported there for type checkers only, without which autodoc resolves no type of the class.
    vars(calloff.lstm.fitted)["Network"] = calloff.lstm.Network

project = "calloff"
author = "the authors of calloff"
project_copyright = "the authors of calloff, Apache-2.0"
release = version = installed()

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",  # the sections of docstrings: Args, Returns, Raises, Source
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "site_extension",  # beside this file
]
source_suffix = {".md": "markdown"}
exclude_patterns = ["site_extension.py"]

myst_enable_extensions = ["attrs_block", "attrs_inline", "deflist", "dollarmath"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_default_options = {"members": True}
napoleon_numpy_docstring = False
napoleon_use_ivar = True  # a list of attributes, not an entry for each
napoleon_attr_annotations = False  # types stand in the signature
napoleon_use_rtype = False
napoleon_custom_sections = [("Source", "returns_style")]
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 80
# Names that signatures keep, instead of what NumPy makes of them.
autodoc_type_aliases = {
    name: name
    for name in ("Activation", "Array", "ArrayLike", "Day", "Days", "DTypeLike", "Mask", "NDArray",
                 "Progress", "Quantity")
}  # fmt: skip
# Names from other projects, short ones of ours and type variables have no page to link to.
nitpick_ignore_regex = [("py:.*", r"(numpy|np|polars|pl|keras|pathlib|collections|typing|abc)\..*"),
                        ("py:class", r"calloff\.planning\.parallel\.(Argument|Value)"),
                        ("py:.*", r"(?!calloff\.).*")]  # fmt: skip

html_theme = "furo"
html_title = "calloff"
html_static_path = ["static"]
html_css_files = ["calloff.css"]
html_copy_source = False
html_show_sphinx = False
html_theme_options = {
    "light_css_variables": {
        "color-brand-primary": "#0b5cad",
        "color-brand-content": "#0b5cad",
        "font-stack": "system-ui, -apple-system, 'Segoe UI', 'Noto Sans', 'Noto Sans KR',"
        " 'Noto Sans CJK KR', 'Malgun Gothic', 'Apple SD Gothic Neo', sans-serif",
    },
    "dark_css_variables": {
        "color-brand-primary": "#7ab8ff",
        "color-brand-content": "#7ab8ff",
    },
}
copybutton_prompt_text = "$ "
copybutton_only_copy_prompt_lines = True
