"""What the site needs beyond Sphinx: commands from their parsers, formulas, pictures by theme."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.utils.math import latex2mathml
from sphinx.application import Sphinx
from sphinx.domains.python import PyObject
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata

from calloff.cli.main import COMMANDS, build_parser

SCREEN = re.compile(r'<div class="highlight-console.*?</pre>', re.DOTALL)
HANGUL = re.compile("[가-힣]+")


class Commands(SphinxDirective):
    """A section for each command, as its own --help knows it; ``:lang: ko`` for Korean."""

    option_spec: ClassVar = {"lang": str}

    def run(self) -> list[nodes.Node]:
        lang = self.options.get("lang", "en")
        parser = build_parser(lang)
        (commands,) = (a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
        return [_section(name, commands.choices[name], lang) for name in COMMANDS]


def _section(name: str, parser: argparse.ArgumentParser, lang: str) -> nodes.section:
    made = nodes.section(ids=[f"calloff-{name}" if lang == "en" else f"calloff-{name}-{lang}"])
    usage = parser.format_usage().removeprefix("usage: ").strip()
    made += nodes.title("", "", nodes.literal(text=f"calloff {name}"))
    made += nodes.paragraph(text=f"{_capital(parser.description)}.")
    made += nodes.literal_block(usage, usage, language="none")
    for group in parser._action_groups:
        every = any(isinstance(action, argparse._HelpAction) for action in group._group_actions)
        if group._group_actions and not every:  # those of every command stand on top of the page
            made += nodes.rubric(text=_capital(group.title))
            made += nodes.definition_list("", *(_option(each) for each in group._group_actions))
    return made


def _capital(words: str | None) -> str:
    return (words or "")[:1].upper() + (words or "")[1:]


def _option(action: argparse.Action) -> nodes.definition_list_item:
    names = action.option_strings or [str(action.metavar)]
    shown = str(action.metavar or "|".join(map(str, action.choices or ()))).replace("%%", "%")
    value = "" if not action.option_strings or action.nargs == 0 else f" {shown}"
    literals = [nodes.literal(text=f"{name}{value}") for name in names]
    between = [node for each in literals for node in (nodes.Text(", "), each)][1:]
    words = nodes.paragraph(text=(action.help or "").replace("%%", "%"))
    return nodes.definition_list_item(
        "", nodes.term("", "", *between), nodes.definition("", words), classes=["option"]
    )


def inline_math(writer: Any, node: nodes.math) -> None:
    """MathML, which browsers draw by themselves: no script from elsewhere."""
    writer.body.append(latex2mathml.tex2mathml(node.astext()))
    raise nodes.SkipNode


def block_math(writer: Any, node: nodes.math_block) -> None:
    writer.body.append(f'<div class="math">{latex2mathml.tex2mathml(node.astext(), True)}</div>')
    raise nodes.SkipNode


def pair_pictures(app: Sphinx, document: nodes.document) -> None:
    """A picture x-light.svg is shown on a light page, x-dark.svg beside it on a dark one."""
    folder = Path(app.env.doc2path(app.env.docname)).parent
    for image in list(document.findall(nodes.image)):
        dark = image["uri"].replace("-light.", "-dark.")
        if dark != image["uri"] and (folder / dark).exists():
            twin = image.deepcopy()
            twin["uri"] = dark
            image["classes"].append("only-light")
            twin["classes"].append("only-dark")
            image.parent.insert(image.parent.index(image) + 1, twin)


def in_its_language(
    app: Sphinx, page: str, template: str, context: dict[str, Any], document: nodes.document | None
) -> None:
    """Korean pages say so, for screen readers and line breaks."""
    if page == "ko":
        context["language"] = "ko"
    if "body" in context:
        context["body"] = SCREEN.sub(lambda part: HANGUL.sub(_wide, part[0]), context["body"])


def _wide(run: re.Match[str]) -> str:
    """Hangul as wide as a terminal draws it, whatever the font: two columns a sign."""
    return f'<span class="wide" style="width: {2 * len(run[0])}ch">{run[0]}</span>'


def plain_aliases(*event: Any) -> tuple[str | None, str | None]:
    """Progress instead of TypeAliasForwardRef('Progress'), str instead of 'str', and ... for what
    a dataclass makes anew each time, which is no Python and would keep the rest from being read."""
    pattern = r"TypeAliasForwardRef\('(\w+)'\)|(?<=: )'([^']+)'(?= =|,|\))"
    plain = (each and re.sub(pattern, lambda m: m[1] or m[2], each) for each in event[-2:])
    signature, returned = plain
    return signature and signature.replace("<factory>", "..."), returned


def keep_first_line(*event: Any) -> None:
    """What stands before a colon in a property's first line is no type, as Napoleon would have it:
    it gets an empty comment to look at."""
    what, lines = event[1], event[-1]
    if what in ("attribute", "data", "property"):
        lines[:0] = ["..", ""]


def name_attributes() -> None:
    """Fields of a dataclass are headed "Attributes", not "Variables"."""
    for field in PyObject.doc_field_types:
        if field.name == "variable":
            field.label = "Attributes"


def setup(app: Sphinx) -> ExtensionMetadata:
    name_attributes()
    app.add_directive("calloff-commands", Commands)
    app.add_html_math_renderer("mathml", (inline_math, None), (block_math, None))
    app.config.html_math_renderer = "mathml"  # type: ignore[attr-defined]
    app.connect("doctree-read", pair_pictures, priority=400)
    app.connect("html-page-context", in_its_language)
    app.connect("autodoc-process-signature", plain_aliases)
    app.connect("autodoc-process-docstring", keep_first_line, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
