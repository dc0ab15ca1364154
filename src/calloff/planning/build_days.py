"""What to build for one target day after the other: what is finally built for an earlier one is on
hand for the later one.

Where target days are built for together, the next quantity is that of the next such days. Of a part
without a stock nothing is known to be on hand, so each of its quantities is all that is called off.

Dimensions: P parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from calloff.data.triangle import Quantity
from calloff.planning.build import Build, BuildSpec, plan_build
from calloff.uncertainty.distribution import Distribution, cover

Own = Mapping[tuple[str, date], float]  # part and target day -> the planner's own number
Dated = Mapping[np.datetime64, Build]


@dataclass(frozen=True)
class Need:
    """What one target day, or several that are built for together, will take.

    Attributes:
        parts: names of all parts (P).
        targets: the target days; what to build stands on the first.
        sure: the distribution of what is called off on them, in all.
        before: pieces called off after the as-of day and before the first of them (P).
        unsaid: parts with a stock whose newest plan leaves out a day before the first of them,
            which counts as nothing called off.
    """

    parts: tuple[str, ...]
    targets: tuple[np.datetime64, ...]
    sure: Distribution
    before: Quantity
    unsaid: tuple[str, ...] = ()


def plan_days(needs: Sequence[Need], spec: BuildSpec, own: Own | None = None) -> Dated:
    """Work out what to build for each of several target days.

    Args:
        needs: what the days will take, in their order.
        spec: level, stock and packs.
        own: the planner's own numbers, which are built in place of these quantities.

    Returns:
        First target day of each need -> quantities for each part.
    """
    numbers, made = own or {}, {}
    built: Quantity = np.zeros(len(needs[0].parts)) if needs else np.zeros(0)
    for need in needs:
        parts = need.parts
        found = plan_build(parts, *cover(need.sure, spec.level), spec, need.before, built)
        made[need.targets[0]] = found
        for number, target in enumerate(need.targets):
            day = target.astype(object)
            mine = np.array([numbers.get((part, day), np.nan) for part in parts])
            usual = np.zeros(len(parts)) if number else np.nan_to_num(found.build)
            built = built + np.where(np.isnan(mine), usual, mine)
    return made


def with_built(
    table: pl.DataFrame, needs: Sequence[Need], spec: BuildSpec, own: Own, names: Iterable[str]
) -> pl.DataFrame:
    """Put quantities to build into a table of forecasts, in place of those that are there.

    Args:
        table: one row per part and target day.
        needs: what the days will take, in their order.
        spec: level, stock and packs.
        own: the planner's own numbers.
        names: the columns of quantities.

    Returns:
        The table.
    """
    made = plan_days(needs, spec, own)
    at = {part: index for index, part in enumerate(needs[0].parts)}
    filled = []
    for (day,), rows in table.group_by("target", maintain_order=True):
        build = made.get(np.datetime64(str(day)))
        if build is not None:
            place = [at[part] for part in rows["part"]]
            values = [pl.Series(name, getattr(build, name)[place]) for name in names]
            rows = rows.with_columns(each.fill_nan(None) for each in values)
        filled.append(rows)
    return pl.concat(filled)
