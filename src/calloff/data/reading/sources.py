"""Which files belong together, and whether two of them contradict each other all over.

Dimensions: n plans.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import numpy as np

from calloff.data.reading.cells import Values
from calloff.data.reading.keys import Key as Whose
from calloff.data.reading.plans import Index, Plans, numbered
from calloff.data.reading.result import Reading
from calloff.texts.errors import CalloffError, Problem, Where

LEAST = 5  # quantities that two files have of the same parts and days
LEAST_PARTS = 3  # of which one file has two plans
INSIDE = 20  # quantities that one file has twice
NEAR, MOSTLY = 0.2, 0.5  # apart; of them
ALIKE = 0.2  # of them are equal, where a later plan of the day repeats most of an earlier one
MOST_FILES = 60  # of which each is compared with each


def check_sources(plans: Plans, sheets: Sequence[tuple[str, str]]) -> None:
    """Refuse different plans of the same parts for the same days in two sheets.

    A later plan of a day replaces an earlier one. But where hardly a quantity is the same, they
    are plans for two plants or from two customers, and no column says so.

    Args:
        plans: of all files.
        sheets: file and sheet of each source.

    Raises:
        CalloffError: naming the files, and a part and day.
    """
    place = {name: at for at, name in enumerate(dict.fromkeys(sheets))}
    if len(place) < 2 or len(place) > MOST_FILES:
        return
    source = np.array([place[name] for name in sheets])[plans.source]
    cells = {at: _cells(plans, np.flatnonzero(source == at)) for at in place.values()}
    names = list(place)
    problems = []
    for one, other in combinations(place.values(), 2):
        both = [key for key in cells[one] if key in cells[other]]
        problem = _compared(plans, cells[one], cells[other], both)
        if problem:
            beside = names[one][0] == names[other][0]
            facts = {**problem, "other": names[other][1 if beside else 0]}
            code = "file.two_sheets" if beside else "file.two_plans"
            problems.append(Problem(code, Where(*names[one]), facts))
    if problems:
        raise CalloffError(problems)


def two_plans_inside(
    plans: Plans, sheets: Sequence[tuple[str, str]], ignored: Sequence[str]
) -> tuple[Problem, ...]:
    """Find sheets in which the earlier plans of the days go on from each other, and not from the
    later ones, as those for two plants do.

    A customer may well change all quantities during a day, so this alone is no error. But where
    there is a column that is not known, it may say for whom the plans are.

    Args:
        plans: of all files.
        sheets: file and sheet of each source.
        ignored: columns that no layout knows, for the message.

    Returns:
        A warning for each such sheet.

    Raises:
        CalloffError: there are columns that no layout knows.
    """
    if len(plans) < 2:
        return ()
    warnings = []
    day = plans.issued.astype("datetime64[D]")
    codes = [numbered(names) for names in (plans.part, plans.plant, plans.customer)]
    order = np.lexsort((plans.issued, day, *codes, plans.source))
    keys = np.stack([*codes, plans.source, day.astype(np.int64)])[:, order]
    again = (keys[:, 1:] == keys[:, :-1]).all(axis=0)
    again &= plans.issued[order][1:] != plans.issued[order][:-1]
    later, earlier = order[1:][again], order[:-1][again]
    for source in np.unique(plans.source[later]):
        mine = plans.source[later] == source
        if len(set(plans.part[later[mine]].tolist())) < LEAST_PARTS:
            continue  # conflicts of a few parts, which are told as such
        found = _differing(plans, earlier[mine], later[mine], INSIDE)
        apart = _near(plans.quantity[earlier[mine]], plans.quantity[later[mine]]) < MOSTLY
        if found and apart and _goes_on(plans, earlier[mine]):
            facts = {**found, "columns": ", ".join(ignored) or "-"}
            warnings.append(Problem("file.two_plans_inside", Where(*sheets[source]), facts))
    if warnings and ignored:
        raise CalloffError(warnings)
    return tuple(warnings)


def _goes_on(plans: Plans, rows: Index) -> bool:
    """Whether plans, in the order of their parts and days, are near those of the day before."""
    day = plans.issued[rows].astype("datetime64[D]").astype(np.int64)
    follows = (plans.part[rows][1:] == plans.part[rows][:-1]) & (np.diff(day) == 1)
    step = np.flatnonzero(np.diff(plans.leads) == 1)
    before = plans.quantity[rows[:-1][follows]][:, step + 1]
    after = plans.quantity[rows[1:][follows]][:, step]
    return _near(before, after) >= MOSTLY


def _near(one: Values, other: Values) -> float:
    """The share of quantities that are about the same, of those that are not both 0."""
    apart = np.abs(one - other)
    both = ~np.isnan(apart) & ((one != 0) | (other != 0))
    near = (apart <= NEAR * np.maximum(one, other)) & both
    return float(near.sum() / both.sum()) if both.any() else 0.0


Key = tuple[object, ...]


def _cells(plans: Plans, rows: Index) -> dict[Key, int]:
    """The last plan of each part, plant, customer and day."""
    found: dict[Key, int] = {}
    day = plans.issued.astype("datetime64[D]")
    for row in rows[np.argsort(plans.issued[rows], kind="stable")].tolist():
        found[plans.part[row], plans.plant[row], plans.customer[row], day[row]] = row
    return found


def _compared(
    plans: Plans, one: dict[Key, int], other: dict[Key, int], keys: Sequence[Key]
) -> dict[str, object] | None:
    if not keys:
        return None
    mine, theirs = (np.array([each[key] for key in keys], np.int64) for each in (one, other))
    near = _near(plans.quantity[mine], plans.quantity[theirs])
    return _differing(plans, mine, theirs, LEAST) if near < MOSTLY else None


def check_two(plans: Plans, count: int, file: str, other: str) -> None:
    """Refuse the plans of two files that contradict each other all over.

    Args:
        plans: of both.
        count: how many of them, the first, are from the file.
        file: its path.
        other: path of the other.

    Raises:
        CalloffError: naming both files, and a part and day.
    """
    rows = np.arange(len(plans))
    one, two = _cells(plans, rows[:count]), _cells(plans, rows[count:])
    problem = _compared(plans, one, two, [key for key in one if key in two])
    if problem:
        raise CalloffError([Problem("file.two_plans", Where(file), {**problem, "other": other})])


def _differing(plans: Plans, one: Index, other: Index, least: int) -> dict[str, object] | None:
    """A part, a day and two quantities, where hardly any of the quantities in two lists of plans
    of the same days are the same."""
    mine, theirs = plans.quantity[one], plans.quantity[other]
    both = ~np.isnan(mine) & ~np.isnan(theirs) & ((mine != 0) | (theirs != 0))
    if both.sum() < least or (mine == theirs)[both].mean() >= ALIKE:
        return None
    row, column = (int(place[0]) for place in np.nonzero(both & (mine != theirs)))
    day = str(plans.issued[one[row]].astype("datetime64[D]"))
    return {"part": plans.part[one[row]], "day": day, "mine": f"{mine[row, column]:,.0f}",
            "theirs": f"{theirs[row, column]:,.0f}"}  # fmt: skip


def part_sources(reading: Reading) -> dict[str, str]:
    """Find which source each part is from: its customer and plant, and the files that share parts.

    Args:
        reading: what was read.

    Returns:
        Name of the part's key -> name of the source, which is the customer, the plant, or the
        first of the files.
    """
    plans = reading.plans
    files = [sheet.file for sheet in reading.sheets]
    parent = {name: name for name in files}

    def root(name: str) -> str:
        while parent[name] != name:
            parent[name] = name = parent[parent[name]]
        return name

    first: dict[str, str] = {}
    beside: set[tuple[str, str]] = set()  # few of many thousand pairs: parts share their files
    for part, at in zip(plans.part.tolist(), plans.source.tolist(), strict=True):
        beside.add((first.setdefault(part, files[at]), files[at]))
    for here, there in sorted(beside):
        low, high = sorted((root(here), root(there)))
        parent[high] = low
    single = len({root(name) for name in first.values()}) == 1
    found = {}
    for part, file in first.items():
        key = reading.keys.get(part) or Whose(part)
        named = [name for name in (key.customer, key.plant) if name]
        series = [] if single else [Path(root(file)).name]
        found[part] = " / ".join(named + series)
    return found
