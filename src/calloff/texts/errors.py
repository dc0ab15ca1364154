"""Problems: what is wrong, where, and what to do. Codes and facts here, words in the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from calloff.texts.catalogue import plain, say


@dataclass(frozen=True)
class Where:
    """A place in the input. Rows are 1-based, as in a spreadsheet; ``cell`` is like "M17"."""

    file: str = ""
    sheet: str = ""
    row: int | None = None
    column: str = ""
    cell: str = ""

    def text(self, lang: str = "en") -> str:
        parts = [plain(self.file)] if self.file else []
        if self.sheet:
            parts.append(say("where.sheet", lang, sheet=plain(self.sheet)))
        if self.row is not None:
            parts.append(say("where.row", lang, row=self.row))
        if self.column:
            parts.append(
                say("where.column", lang, column=plain(self.column), cell=self.cell or "-")
            )
        return ", ".join(parts)


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: a code of the catalogue, its facts, and the place."""

    code: str
    where: Where = field(default_factory=Where)
    facts: Mapping[str, object] = field(default_factory=dict)

    def text(self, lang: str = "en") -> str:
        facts = {name: plain(str(fact)) for name, fact in self.facts.items()}
        words = say(self.code, lang, **facts)
        place = self.where.text(lang)
        return f"{place}: {words}" if place else words


class CalloffError(Exception):
    """Input or settings that cannot be used. Carries every problem found, not only the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.text())

    def text(self, lang: str = "en") -> str:
        return "\n".join(problem.text(lang) for problem in self.problems)


def fail(code: str, where: Where | None = None, **facts: object) -> CalloffError:
    """A CalloffError of one problem, to be raised by the caller."""
    return CalloffError([Problem(code, where or Where(), facts)])
