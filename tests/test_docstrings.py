"""Docstrings of all public names, in one format: a sentence, then Args, Returns, Raises, Source.

What counts:

- Public are the functions, classes and methods below src/calloff without a leading underscore,
  in all folders but cli and web, whose faces are commands and a REST interface.
- A function has a sentence; ``Args:`` with each parameter; ``Returns:`` (or ``Yields:``) where it
  returns something; ``Raises:`` with each error that its own body raises (by ``raise`` or
  ``require``). A property has a sentence.
- The short form, one paragraph that names each parameter, is enough for a function that raises
  nothing itself, and has one parameter at most, or two and four statements.
- Parameters that all functions of a module share may stand under ``Args:`` of the module, with
  ``Returns:`` beside; one paragraph on the others is enough then.
- A class has a sentence; one with fields ``Attributes:`` with each of them, or, for two fields at
  most, one paragraph that names them. What it takes by ``__init__`` stands under ``Args:``.
- What draws a summary on the screen or in a workbook needs the sentence alone: its callers are
  ``write_workbook`` and the commands.
- A method that a base class of ours describes needs no words of its own; nor do those with
  underscores, such as ``__call__``.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "src" / "calloff"
OTHER_FACES = ("cli/", "web/")
DRAWING = re.compile(r"report/(terminal|workbook)/(?!__init__)")
SECTIONS = ("Args", "Attributes", "Returns", "Yields", "Raises", "Source")
SHORT = {0: 1000, 1: 1000, 2: 4}  # parameters -> statements
SHORT_FIELDS = 2
# Pictures that are no terms of the field; in ``literals``, as names in files, they may stand.
PICTURES = re.compile(r"\b(kin|evenings?|heights|lessons?|doors?|rooms?|houses?|said)\b", re.I)

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Name:
    """A public name: where it is, and what the parser sees of it."""

    module: str
    path: str
    node: Function | ast.ClassDef
    owner: ast.ClassDef | None = None

    @property
    def words(self) -> str:
        return ast.get_docstring(self.node) or ""


def modules() -> list[str]:
    names = (path.relative_to(SOURCE).with_suffix("").as_posix() for path in SOURCE.rglob("*.py"))
    return sorted(name for name in names if not name.startswith(OTHER_FACES))


@cache
def tree(module: str) -> ast.Module:
    return ast.parse((SOURCE / f"{module}.py").read_text(encoding="utf-8"))


@cache
def names(module: str) -> tuple[Name, ...]:
    """The public names of a module, methods behind their classes."""
    found = []
    for node in tree(module).body:
        if not isinstance(node, Function | ast.ClassDef) or node.name.startswith("_"):
            continue
        found.append(Name(module, node.name, node))
        for inner in node.body if isinstance(node, ast.ClassDef) else ():
            if isinstance(inner, Function) and not inner.name.startswith("_"):
                found.append(Name(module, f"{node.name}.{inner.name}", inner, node))
    return tuple(found)


@cache
def classes() -> dict[str, ast.ClassDef]:
    """All classes of ours by name; those of one name are told apart by no base class."""
    return {
        node.name: node
        for module in modules()
        for node in tree(module).body
        if isinstance(node, ast.ClassDef)
    }


def bases(node: ast.ClassDef) -> list[ast.ClassDef]:
    """The classes of ours that a class builds on, the nearest first."""
    direct = [base.value if isinstance(base, ast.Subscript) else base for base in node.bases]
    ours = [classes()[base.id] for base in direct if isinstance(base, ast.Name)
            and base.id in classes() and base.id != node.name]  # fmt: skip
    return [*ours, *(far for near in ours for far in bases(near))]


def is_described_above(name: Name) -> bool:
    return name.owner is not None and any(
        isinstance(inner, Function) and inner.name == name.node.name and ast.get_docstring(inner)
        for base in bases(name.owner)
        for inner in base.body
    )


def sections(words: str) -> dict[str, list[str]]:
    """The sections of a docstring, each as the lines below its head."""
    found: dict[str, list[str]] = {"": []}
    current = ""
    for line in words.splitlines():
        if line.endswith(":") and line[:-1] in SECTIONS:
            current = line[:-1]
            found[current] = []
        elif line and not line.startswith(" ") and current:
            found[""].append(line)
            current = ""
        else:
            found[current].append(line)
    return found


def entries(lines: list[str]) -> list[str]:
    """The names that a section lists: each opens a line, indented once."""
    opened = (re.match(r"    ([^\s:]+): \S", line) for line in lines)
    return [match[1].strip("*`") for match in opened if match]


def parameters(node: Function) -> list[str]:
    own = node.args
    every = [*own.posonlyargs, *own.args]
    every += [own.vararg] if own.vararg else []
    every += own.kwonlyargs
    every += [own.kwarg] if own.kwarg else []
    return [each.arg for each in every if each.arg not in ("self", "cls", "_")]


def fields(node: ast.ClassDef) -> list[str]:
    """The fields of a dataclass or a named tuple."""
    makers = {ast.unparse(each).split("(")[0] for each in (*node.decorator_list, *node.bases)}
    if not makers & {"dataclass", "NamedTuple"}:
        return []
    own = (each for each in node.body if isinstance(each, ast.AnnAssign))
    named = ((each.target.id, ast.unparse(each.annotation)) for each in own
             if isinstance(each.target, ast.Name))  # fmt: skip
    return [n for n, kind in named if not n.startswith("_") and not kind.startswith("ClassVar")]


def inside(node: ast.AST) -> list[ast.AST]:
    """All nodes of a function but those of functions and classes defined in it."""
    found: list[ast.AST] = []
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, Function | ast.ClassDef | ast.Lambda):
            found += [child, *inside(child)]
    return found


def raised(node: Function) -> set[str]:
    """Names of the errors that a body raises itself; "" where they are made elsewhere."""
    found = set()
    for each in inside(node):
        if isinstance(each, ast.Call) and ast.unparse(each.func) in (
            "require",
            "arguments.require",
        ):
            found.add("CalloffError")
        if isinstance(each, ast.Raise) and isinstance(each.exc, ast.Call):
            made = ast.unparse(each.exc.func).split(".")[-1]
            found.add("CalloffError" if made == "fail" else "" if made.startswith("_") else made)
    return found


def statements(node: Function) -> int:
    own = node.body[1:] if ast.get_docstring(node) else node.body
    return sum(isinstance(each, ast.stmt) for part in own for each in (part, *inside(part)))


def is_property(node: Function) -> bool:
    return any("property" in ast.unparse(each) for each in node.decorator_list)


def returns(node: Function) -> bool:
    return node.returns is not None and ast.unparse(node.returns) not in ("None", "NoReturn")


def names_all(words: str, wanted: list[str]) -> bool:
    return all(re.search(rf"\b{re.escape(name)}\b", words) for name in wanted)


@cache
def shared(module: str) -> tuple[str, ...]:
    """Parameters that a module describes for all its functions."""
    found = sections(ast.get_docstring(tree(module)) or "") if module != "example" else {}
    return tuple(entries(found.get("Args", []))) if "Returns" in found else ()


def is_short(name: Name, wanted: list[str]) -> bool:
    node, common = name.node, shared(name.module)
    wanted = [each for each in wanted if each not in common]
    return (
        isinstance(node, Function)
        and (statements(node) <= SHORT.get(len(wanted), 0) or bool(common))
        and not raised(node)
        and "\n\n" not in name.words
        and names_all(name.words, wanted)
    )


def faults(name: Name) -> list[str]:
    """What is wrong with the docstring of a name."""
    if not name.words:
        return [] if is_described_above(name) else ["it has none"]
    found = sections(name.words)
    wrong = []
    if not re.search(r"[.:]$", name.words.split("\n\n")[0].strip()):
        wrong.append("it does not begin with a sentence")
    if DRAWING.match(name.module):
        return [*wrong, *pictures(name.words)]
    if isinstance(name.node, ast.ClassDef):
        wrong += class_faults(name, found)
    else:
        wrong += function_faults(name, found)
    for head in ("Returns", "Yields", "Source"):  # what Napoleon would take for a type
        if ": " in re.sub(r"``.*?``", "", found.get(head, [""])[0]):
            wrong.append(f"the first line of {head} has a colon, and is rendered as a type")
    return [*wrong, *pictures(name.words)]


def pictures(words: str) -> list[str]:
    found = PICTURES.findall(re.sub(r"``.*?``", "", words, flags=re.S))
    return [f"{picture!r} is a picture" for picture in found]


def class_faults(name: Name, found: dict[str, list[str]]) -> list[str]:
    node = name.node
    assert isinstance(node, ast.ClassDef)
    own = fields(node)
    above = [field for base in bases(node) for field in fields(base)]
    listed = entries(found.get("Attributes", []))
    wrong = []
    if "Attributes" in found or len(own) > SHORT_FIELDS or not names_all(name.words, own):
        missing, foreign = set(own) - set(listed), set(listed) - {*own, *above}
        wrong += [f"Attributes lack {sorted(missing)}"] if missing else []
        wrong += [f"Attributes list {sorted(foreign)}"] if foreign and own else []
    for inner in node.body:
        if isinstance(inner, Function) and inner.name == "__init__":
            taken = entries([*found.get("Args", []), *sections(ast.get_docstring(inner) or "")
                             .get("Args", [])])  # fmt: skip
            if set(parameters(inner)) - set(taken) and not names_all(name.words, parameters(inner)):
                wrong.append(f"Args must list {parameters(inner)}, not {taken}")
    return wrong


def function_faults(name: Name, found: dict[str, list[str]]) -> list[str]:
    node, wanted = name.node, parameters(name.node)  # type: ignore[arg-type]
    assert isinstance(node, Function)
    if is_property(node) or (is_short(name, wanted) and set(found) == {""}):
        return []
    wrong = []
    if (listed := entries(found.get("Args", []))) != wanted:
        wrong.append(f"Args must list {wanted}, not {listed}")
    if returns(node) and not {"Returns", "Yields"} & set(found):
        wrong.append("Returns is missing")
    told = " ".join(found.get("Raises", []))
    if missing := sorted(error for error in raised(node) if not told or error not in told):
        wrong.append(f"Raises lacks {missing}")
    return wrong


def module_faults(module: str) -> dict[str, list[str]]:
    wrong = {name.path: faults(name) for name in names(module)}
    wrong["(module)"] = pictures(ast.get_docstring(tree(module)) or "")
    return {path: found for path, found in wrong.items() if found}


@pytest.mark.parametrize("module", modules())
def test_every_public_name_is_described(module: str) -> None:
    wrong = module_faults(module)
    assert not wrong, "\n".join(f"{module}.{path}: {'; '.join(f)}" for path, f in wrong.items())


DIRECTIVE = re.compile(r"^\.\. auto(?:function|class|exception):: (\S+)", re.MULTILINE)


def test_every_name_in_the_reference_is_looked_at(project: Path) -> None:
    """Names that the reference shows are public ones of the modules above."""
    text = "".join(p.read_text("utf-8") for p in (project / "docs" / "reference").glob("*.md"))
    shown = {target.split(".")[-1] for target in DIRECTIVE.findall(text)}
    known = {name.path.split(".")[-1] for module in modules() for name in names(module)}
    assert len(shown) > 80 and sorted(shown - known) == []


def made_of(code: str) -> list[str]:
    """The faults of the last name of a module of this code."""
    node = ast.parse(code).body[-1]
    assert isinstance(node, Function | ast.ClassDef)
    return faults(Name("example", node.name, node))


GOOD = '''
def f(a: int, *, b: float = 1.0) -> int:
    """A sentence.

    Args:
        a: pieces.
        b: a share.

    Returns:
        Pieces.

    Raises:
        CalloffError: never.
    """
    require(whole(a, "a"))
    raise fail("x")
'''


def test_this_test_can_fail() -> None:
    assert made_of(GOOD) == []
    for old, new, fault in (
        ("        b: a share.\n", "", "Args must list ['a', 'b'], not ['a']"),
        ("        a: pieces.\n", "        c: pieces.\n", "Args must list"),
        ("    Returns:\n        Pieces.\n", "", "Returns is missing"),
        (
            "    Returns:\n        Pieces.",
            "    Returns:\n        Pieces: so many.",
            "the first line",
        ),
        ("CalloffError: never", "ValueError: never", "Raises lacks ['CalloffError']"),
        ("A sentence.", "A sentence", "it does not begin with a sentence"),
        ("A sentence.", "A lesson.", "'lesson' is a picture"),
        ('"""', "'''", ""),
    ):
        found = made_of(GOOD.replace(old, new))
        assert (not found) if not fault else any(f.startswith(fault) for f in found), (old, found)
    assert made_of("def f(a: int) -> int:\n    return a") == ["it has none"]


def test_short_forms() -> None:
    short = 'def f(a: int) -> int:\n    """Twice ``a``."""\n    return 2 * a'
    assert made_of(short) == []
    assert made_of(short.replace("``a``", "it")) != []
    two = short.replace("a: int)", "a: int, b: int)").replace("``a``", "``a``, ``b``")
    assert made_of(two) == []
    assert made_of(two + "\n" + "    b = 1\n" * 4) != []
    assert made_of(short.replace("return 2 * a", "raise ValueError(a)")) != []
    fields = '@dataclass\nclass A:\n    """Of ``x`` and ``y``."""\n    x: int\n    y: int\n'
    assert made_of(fields) == []
    assert made_of(fields + "    z: int\n") == ["Attributes lack ['x', 'y', 'z']"]
    assert made_of('class A:\n    """One."""\n    def __init__(self, a: int) -> None: ...') != []
