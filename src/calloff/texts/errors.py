"""Problems: what is wrong, where, and what to do. Codes and facts here, words in the catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from calloff.texts.catalogue import plain, say

NAMED = 8  # of many names in a message


def file_name(path: str) -> str:
    """The name of the file at a ``path`` of any system, without its folders."""
    return re.split(r"[/\\]", path)[-1]


@dataclass(frozen=True)
class Where:
    """A place in the input; what is not known is left empty.

    Attributes:
        file: path of the file, or "frame 1" for the first frame.
        sheet: name of the sheet in a workbook.
        row: number of the row, from 1, as in a spreadsheet.
        column: header of the column.
        cell: address of the cell, such as "M17".
        message: number of the EDI message in the file, from 1.
        segment: number of the segment in the message, from 1; of the record in a VDA file.
    """

    file: str = ""
    sheet: str = ""
    row: int | None = None
    column: str = ""
    cell: str = ""
    message: int | None = None
    segment: int | None = None

    def text(self, lang: str = "en") -> str:
        """The place in words of the language ``lang``; empty where nothing is known."""
        parts = [plain(self.file)] if self.file else []
        if self.sheet:
            parts.append(say("where.sheet", lang, sheet=plain(self.sheet)))
        if self.message is not None:
            parts.append(say("where.message", lang, message=self.message))
        if self.segment is not None:
            parts.append(say("where.segment", lang, segment=self.segment))
        if self.row is not None:
            parts.append(say("where.row", lang, row=self.row))
        if self.column:
            parts.append(
                say("where.column", lang, column=plain(self.column), cell=self.cell or "-")
            )
        return ", ".join(parts)


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    Attributes:
        code: key of its text in the catalogue, such as "file.empty".
        where: the place.
        facts: what stands for ``{name}`` in the text, by name.
    """

    code: str
    where: Where = field(default_factory=Where)
    facts: Mapping[str, object] = field(default_factory=dict)

    def text(self, lang: str = "en") -> str:
        """Place and problem in words of the language ``lang``, on one line."""
        facts: dict[str, Any] = {name: plain(str(fact)) for name, fact in self.facts.items()}
        words = say(self.code, lang, **facts)
        place = self.where.text(lang)
        return f"{place}: {words}" if place else words


class CalloffError(Exception):
    """Input or arguments that cannot be used. Carries every problem found, not only the first.

    Args:
        problems: the problems, kept as the tuple ``problems``.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.text())

    def __reduce__(self) -> tuple[type[CalloffError], tuple[tuple[Problem, ...]]]:
        """As another process makes it anew; an exception is made of its text otherwise."""
        return type(self), (self.problems,)

    def text(self, lang: str = "en") -> str:
        """All problems in words of the language ``lang``, one a line."""
        return "\n".join(problem.text(lang) for problem in self.problems)


def fail(code: str, where: Where | None = None, **facts: object) -> CalloffError:
    """Make an error of one problem, for the caller to raise.

    Args:
        code: key of its text in the catalogue.
        where: the place, if there is one.
        facts: what stands for ``{name}`` in the text, by name.

    Returns:
        The error.
    """
    return CalloffError([Problem(code, where or Where(), facts)])


def few(names: Sequence[str]) -> str:
    """Name the first of many things in a message.

    Args:
        names: all of them, such as the columns of a table.

    Returns:
        The first eight, and how many there are; "-" for none.
    """
    text = ", ".join(names[:NAMED]) or "-"
    return f"{text}, ... ({len(names)})" if len(names) > NAMED else text
