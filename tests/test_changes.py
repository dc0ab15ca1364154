"""What changed from one forecast to the next: by hand, and against plain loops."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from calloff.planning.changes import SCHEMA, Thresholds, changes
from calloff.texts.errors import CalloffError

DAY = date(2024, 3, 4)
COLUMNS = {"part": pl.String, "target": pl.Date, "plan": pl.Float64, "forecast": pl.Float64,
           "verdict": pl.String}  # fmt: skip
ALL = Thresholds(0, 0)


def table(*rows: tuple[Any, ...]) -> pl.DataFrame:
    """Rows of part, days from DAY, plan, forecast and verdict."""
    made = [(part, DAY + timedelta(days), *rest) for part, days, *rest in rows]
    return pl.DataFrame(made, schema=COLUMNS, orient="row")


def told(found: pl.DataFrame) -> dict[str, str]:
    return dict(found.select("part", "why").iter_rows())


def test_by_hand() -> None:
    before = table(
        ("A", 0, 100, 90, "agrees"),
        ("B", 0, 50, 50, "agrees"),
        ("C", 0, 10, 10, "agrees"),
        ("D", 0, 7, 7, "agrees"),
        ("E", 0, 20, 20, None),
    )
    after = table(("A", 0, 160, 95, "distrust"), ("B", 0, 50, 20, "agrees"),
                  ("C", 0, 10, 10, "agrees"), ("E", 0, 20, 20, "agrees"),
                  ("F", 0, 40, 30, "agrees"))  # fmt: skip
    found = changes(before, after)
    assert found.schema == SCHEMA
    assert told(found) == {"A": "plan,verdict", "F": "new", "B": "forecast", "D": "gone"}
    assert found["part"].to_list() == ["A", "F", "B", "D"]  # by 60, 40, 30 and 7 pieces
    assert found.row(0) == ("A", DAY, 100, 160, 90, 95, "agrees", "distrust", "plan,verdict")
    assert found.row(1)[2:8] == (None, 40, None, 30, None, "agrees")
    assert found.row(3)[2:8] == (7, None, 7, None, "agrees", None)


@pytest.mark.parametrize(
    ("share", "pieces", "listed"),
    [(0, 0, "ABC"), (0, 5, "AB"), (0.2, 0, "BC"), (0.2, 5, "B"), (0, 10.5, "A"), (1, 0, "")],
)
def test_a_change_is_both_large_and_a_large_share(share: float, pieces: float, listed: str) -> None:
    before = table(("A", 0, 1000, 9, None), ("B", 0, 30, 9, None), ("C", 0, 1, 9, None))
    after = table(("A", 0, 1100, 9, None), ("B", 0, 20, 9, None), ("C", 0, 3, 9, None))
    assert "".join(changes(before, after, Thresholds(share, pieces))["part"]) == listed


def test_only_target_days_that_both_are_for() -> None:
    before = table(("A", 0, 10, 10, None), ("A", 1, 10, 10, None), ("B", 0, 5, 5, None))
    after = table(("A", 1, 99, 10, None), ("A", 2, 10, 10, None), ("B", 2, 5, 5, None))
    assert changes(before, after)["target"].to_list() == [DAY + timedelta(1)]
    nothing = changes(before, after.filter(pl.col("target") > DAY + timedelta(1)))
    assert nothing.is_empty()
    assert nothing.schema == SCHEMA


def test_verdicts_may_be_missing() -> None:
    before = table(("A", 0, 10, 10, None)).drop("verdict")
    assert told(changes(before, table(("A", 0, 20, 10, "agrees")))) == {"A": "plan"}
    assert changes(before, table(("A", 0, 10, 10, "distrust"))).is_empty()


def drawn(seed: int) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    rows = [
        (f"P{part}", day, float(plan), float(forecast), str(rng.choice(["agrees", "distrust"])))
        for part in range(6)
        for day in range(3)
        for plan, forecast in [rng.integers(0, 30, 2)]
        if rng.random() < 0.8
    ]
    return table(*rows)


def loops(before: pl.DataFrame, after: pl.DataFrame, limits: Thresholds) -> list[tuple[Any, ...]]:
    """part, target and why, ranked."""
    olds, news = ({(r["part"], r["target"]): r for r in each.iter_rows(named=True)}
                  for each in (before, after))  # fmt: skip
    shared = {day for _, day in olds} & {day for _, day in news}
    found = []
    for key in {key for key in (*olds, *news) if key[1] in shared}:
        old, new = olds.get(key), news.get(key)
        why = []
        for name in ("plan", "forecast") if old and new else ():
            difference = abs(new[name] - old[name])
            least = max(limits.pieces, limits.share * max(new[name], old[name]))
            why += [name] if difference and difference >= least else []
        why += ["verdict"] if old and new and old["verdict"] != new["verdict"] else []
        why += ["new"] if not old else ["gone"] if not new else []
        size = max(abs((new or {}).get(name, 0) - (old or {}).get(name, 0))
                   for name in ("plan", "forecast"))  # fmt: skip
        found += [(-size, key[1], key[0], ",".join(why))] if why else []
    return [(part, day, why) for _, day, part, why in sorted(found)]


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("limits", [ALL, Thresholds(), Thresholds(0.5, 8)])
def test_equal_to_plain_loops(seed: int, limits: Thresholds) -> None:
    before, after = drawn(seed), drawn(seed + 100)
    found = changes(before, after.sample(fraction=1, shuffle=True, seed=seed), limits)
    assert found.select("part", "target", "why").rows() == loops(before, after, limits)


@pytest.mark.parametrize("seed", range(5))
def test_nothing_changes_between_equal_forecasts_and_back_is_the_opposite(seed: int) -> None:
    before, after = drawn(seed), drawn(seed + 100)
    assert changes(before, before, ALL).is_empty()
    there, back = changes(before, after, ALL), changes(after, before, ALL)
    turned = back.rename({"plan": "plan_before", "plan_before": "plan"})
    assert there.select("part", "plan_before", "plan").equals(
        turned.select("part", "plan_before", "plan")
    )


def test_what_cannot_be_used() -> None:
    one = table(("A", 0, 10, 10, None))
    with pytest.raises(CalloffError, match="forecast"):
        changes(one.drop("forecast"), one)
    with pytest.raises(CalloffError, match="share is 2"):
        Thresholds(share=2)
    for before, after in ((pl.concat([one, one]), one), (one, pl.concat([one, one]))):
        with pytest.raises(CalloffError, match="A has more than one row for 2024-03-04"):
            changes(before, after)
