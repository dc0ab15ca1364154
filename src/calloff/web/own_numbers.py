"""A planner's own numbers for the parts and target days of a run: who gave each, when and why, and
what was there.

A number is changed one at a time and says what it replaces; where that is no longer there, somebody
else was first, and nothing is changed. All changes are kept, so that any can be taken back.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from calloff.web.clock import now
from calloff.web.database import Database

SHOWN = 200  # changes of a run that are given out
Place = tuple[str, str]  # a target day (ISO) and a part


@dataclass(frozen=True)
class OwnNumber:
    """A number in pieces, when it was given (UTC, ISO), by whom and why."""

    pieces: float
    made: str
    author: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Change:
    """What was done to one number: before and pieces are None where there was none."""

    part: str
    target: str
    before: float | None
    pieces: float | None
    made: str
    author: str
    reason: str


class ChangedError(Exception):
    """The number to be replaced is another by now: ``found``, or None where there is none."""

    def __init__(self, found: OwnNumber | None) -> None:
        self.found = found
        super().__init__("changed meanwhile")


class OwnNumbers:
    """The numbers of all runs, in the database of the runs. note: called with what is changed of a
    run before it is kept, which it is not where that raises an error."""

    def __init__(
        self,
        data: Database,
        note: Callable[[str, Mapping[Place, OwnNumber | None]], None] = lambda run, numbers: None,
    ) -> None:
        self._data, self._note = data, note

    def of(self, run: str) -> dict[Place, OwnNumber]:
        """Target day and part -> its number."""
        rows = self._data.read(
            "SELECT * FROM overrides WHERE run = ? ORDER BY target, part", (run,)
        )
        return {(row["target"], row["part"]): _number(row) for row in rows}

    def pieces(self, run: str, before: str = "~") -> dict[Place, float]:
        """Target day and part -> pieces, of the numbers given before a time."""
        return {place: own.pieces for place, own in self.of(run).items() if own.made < before}

    def changes(self, run: str) -> list[Change]:
        """What was done to them, the newest first."""
        query = "SELECT * FROM override_changes WHERE run = ? ORDER BY id DESC LIMIT ?"
        names = ("part", "target", "before", "pieces", "made", "author", "reason")
        rows = self._data.read(query, (run, SHOWN))
        return [Change(*(row[name] for name in names)) for row in rows]

    def change(
        self, run: str, place: Place, pieces: float | None, replaces: float | None,
        author: str = "", reason: str = "",
    ) -> OwnNumber | None:  # fmt: skip
        """Put a number (None: none) in place of the one that is replaced. Raises ChangedError where
        that is another by now."""
        with self._data.writing() as data:
            found = _find(data, run, place)
            if (found.pieces if found else None) != replaces:
                raise ChangedError(found)
            made = _put(data, run, place, found, pieces, author, reason)
            self._note(run, {place: made})
            return made

    def put_all(self, run: str, pieces: Mapping[Place, float], author: str = "") -> int:
        """Put these in place of what is there; others stay. How many were changed."""
        made: dict[Place, OwnNumber | None] = {}
        with self._data.writing() as data:
            for place, each in pieces.items():
                found = _find(data, run, place)
                if found is None or found.pieces != each:
                    made[place] = _put(data, run, place, found, each, author, "")
            self._note(run, made)
        return len(made)

    def set_all(self, run: str, target: str, pieces: Mapping[str, float], author: str = "") -> None:
        """Keep these in place of all before for a target day; a number that stays is as old as it
        was."""
        made: dict[Place, OwnNumber | None] = {}
        with self._data.writing() as data:
            query = "SELECT * FROM overrides WHERE run = ? AND target = ?"
            rows = data.execute(query, (run, target)).fetchall()
            before = {row["part"]: _number(row) for row in rows}
            for part in {**before, **pieces}:
                found = before.get(part)
                if pieces.get(part) != (found.pieces if found else None):
                    place = (target, part)
                    made[place] = _put(data, run, place, found, pieces.get(part), author, "")
            self._note(run, made)

    def note_all(self, run: str) -> None:
        """Have all numbers of a run noted, as when its forecast is there."""
        if numbers := self.of(run):
            self._note(run, numbers)

    def inherit(self, run: str, before: str) -> None:
        """Take the numbers of another run of the same question along."""
        columns = "part, target, pieces, made, author, reason"
        copied = f"SELECT ?, {columns} FROM overrides WHERE run = ?"
        self._data.change(
            f"INSERT OR IGNORE INTO overrides (run, {columns}) {copied}", (run, before)
        )


def _number(row: sqlite3.Row) -> OwnNumber:
    return OwnNumber(row["pieces"], row["made"], row["author"], row["reason"])


def _find(data: sqlite3.Connection, run: str, place: Place) -> OwnNumber | None:
    query = "SELECT * FROM overrides WHERE run = ? AND target = ? AND part = ?"
    row = data.execute(query, (run, *place)).fetchone()
    return _number(row) if row else None


def _put(
    data: sqlite3.Connection, run: str, place: Place, found: OwnNumber | None,
    pieces: float | None, author: str, reason: str,
) -> OwnNumber | None:  # fmt: skip
    made = now()
    row = (run, *place, found.pieces if found else None, pieces, made, author, reason)
    names = "run, target, part, before, pieces, made, author, reason"
    data.execute(f"INSERT INTO override_changes ({names}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    if pieces is None:
        query = "DELETE FROM overrides WHERE run = ? AND target = ? AND part = ?"
        data.execute(query, (run, *place))
        return None
    if found and found.pieces == pieces:
        made = found.made  # another reason makes the number no younger
    names = "run, target, part, pieces, made, author, reason"
    values = (run, *place, pieces, made, author, reason)
    data.execute(f"INSERT OR REPLACE INTO overrides ({names}) VALUES (?, ?, ?, ?, ?, ?, ?)", values)
    return OwnNumber(pieces, made, author, reason)
