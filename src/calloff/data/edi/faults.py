"""What is wrong with a message, and where: a refusal, or a warning that is given once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from calloff.texts.errors import CalloffError, Problem, Where

MOST = 20  # problems of one kind that are listed one by one
HOPELESS = 5000  # messages refused, after which a file is damaged as a whole


class TooManyProblemsError(Exception):
    """So many messages were refused that the rest of a file is not worth its time."""


def refuse(code: str, message: int, segment: int | None = None, **facts: object) -> CalloffError:
    """Make the error that refuses a message.

    Args:
        code: key of its text in the catalogue.
        message: number of the message.
        segment: number of the segment; None for the message as a whole.
        facts: what stands for ``{name}`` in the text, by name.

    Returns:
        The error, for the caller to raise.
    """
    return CalloffError([Problem(code, Where(message=message, segment=segment), facts)])


@dataclass
class Warnings:
    """Warnings about one message: what recurs is given once, at its first place, with a count.

    Attributes:
        message: number of the message.
        found: the warnings and how often each came, by code and facts.
    """

    message: int
    found: dict[tuple[object, ...], tuple[Problem, int]] = field(default_factory=dict)

    def add(self, code: str, segment: int | None = None, **facts: object) -> None:
        """Keep a warning.

        Args:
            code: key of its text in the catalogue.
            segment: number of the segment; None for the message as a whole.
            facts: what stands for ``{name}`` in the text, by name; ``{count}`` is how often.
        """
        key = (code, *facts.values())
        problem, count = self.found.get(key, (None, 0))
        where = Where(message=self.message, segment=segment)
        self.found[key] = (problem or Problem(code, where, facts)), count + 1

    def problems(self) -> list[Problem]:
        """All of them, in the order in which they came."""
        return [
            replace(problem, facts={**problem.facts, "count": count})
            for problem, count in self.found.values()
        ]


def shortened(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """At most MOST ``problems`` of a kind, and how many more there are: a damaged file of many
    messages must not fill the memory or the screen."""
    kept: list[Problem] = []
    counts: dict[str, int] = {}
    for problem in problems:
        counts[problem.code] = counts.get(problem.code, 0) + 1
        if counts[problem.code] <= MOST:
            kept.append(problem)
    more = [
        Problem("edi.more", facts={"count": count - MOST, "code": code})
        for code, count in counts.items()
        if count > MOST
    ]
    return (*kept, *more)
