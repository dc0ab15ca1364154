"""What each member of `combined` and of `auto` is worth: the error without it, on the whole bank.

    python benchmarks/leave_one_out.py [--customers NAME ...] [--processes 2]

Each member forecasts every target day from its own past, once; then the rest are weighed anew
without it, by the package's own rules. A figure is the geometric mean over customers of the error
without the member, over that with all; beside it the range of nine in ten from a bootstrap of
blocks of target days, drawn anew within each customer, and the customers that it moves most.
`combined` is what the network starts from: the network is not trained anew without a member.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache

import numpy as np

from accuracy_customers import Case, chosen
from calloff.data.places import placed, places
from calloff.data.triangle import as_days
from calloff.evaluation.backtest import whole_past
from calloff.forecasters.auto import MEMBERS, first_weights, forecasts
from calloff.forecasters.prequential import recent
from calloff.forecasters.record import SIMPLE
from calloff.forecasters.rows import row_of
from calloff.forecasters.simple import Simple
from calloff.forecasters.weights import Differences, Losses, weigh
from calloff.rolling.spec import Spec

DRAWS, ONE_BLOCK = 2000, 3


@dataclass(frozen=True)
class Said:
    """What M members said of T target days and P parts of a customer.

    found (M, T, P), actual and scale (T, P), since: the first target day that is looked at from
    each origin, and known: the number of those known there (T), scored: from which target day on,
    pooled (P).
    """

    found: np.ndarray
    actual: np.ndarray
    scale: np.ndarray
    since: np.ndarray
    known: np.ndarray
    scored: int
    pooled: np.ndarray

    def errors(self, members: Sequence[int], first: Sequence[float], paired: bool) -> np.ndarray:
        """Total absolute error on each scored target day of some members together.

        paired: whether differences on the same days count, as in `auto`."""
        days = range(self.scored, len(self.actual))
        return np.array([self._error(at, list(members), first, paired) for at in days])

    def _error(self, at: int, members: list[int], first: Sequence[float], paired: bool) -> float:
        known = int(self.known[at])
        losses = Losses.none(len(members), self.actual.shape[1])
        differences = Differences.none(len(members))
        for day in range(int(self.since[at]), known):
            miss = np.abs(self.found[members, day] - self.actual[day])
            losses = losses.after(miss)
            differences = differences.after(miss, self.scale[day], self.pooled)
        usual = losses.usual(self.scale[at], self.pooled)
        first = np.array(first) * (differences.factors if paired else 1.0)
        weight = weigh(usual, first if losses.power else [1.0, *[0.0] * (len(members) - 1)],
                       losses.power)  # fmt: skip
        together = (weight * self.found[members, at]).sum(axis=0)
        return float(np.nansum(np.abs(together - self.actual[at])[self.pooled]))


def ask_all(case: Case) -> Said:
    """Ask the simple methods and the members of `auto`, in this order, for all target days."""
    triangle, spec = case.triangle(), Spec(case.lead)
    first, last = case.span(triangle)
    now = whole_past(triangle)
    days = now.days[now.is_target]
    days = days[days <= np.datetime64(last)]
    members = (*(Simple(name) for name in SIMPLE), *MEMBERS)
    shape = (len(days), len(now.parts))
    found, scale = np.full((len(members), *shape), np.nan), np.ones(shape)
    since = np.zeros(len(days), np.int64)
    for place, day in enumerate(days):
        origin = recent(now.earlier(day - as_days(case.lead)), spec)
        since[place] = np.searchsorted(days, origin.days[0]) if len(origin.days) else 0
        query = origin.ask(day, case.lead)
        at = places(origin.parts, now.parts)
        said = np.concatenate([row_of(origin, spec, query).simple,
                               forecasts(members[len(SIMPLE):], origin, query, spec)])  # fmt: skip
        found[:, place] = placed(np.where(np.isnan(query.plan), np.nan, said), at, np.nan)
        scale[place] = placed(row_of(origin, spec, query).scale, at, 1.0)
    known = np.searchsorted(days, days - as_days(case.lead), "right")
    actual = now.calloffs[:, now.is_target].T[: len(days)]
    scored = int(np.searchsorted(days, np.datetime64(first)))
    return Said(found, actual, scale, since, known, scored, now.pooled)


def without(case: Case) -> dict[str, np.ndarray]:
    """Errors on each target day (T) of all members together, and without each of them."""
    said, simple = ask_all(case), list(range(len(SIMPLE)))
    whole = [len(SIMPLE) + place for place in range(len(MEMBERS))]
    errors = {"combined": said.errors(simple, [1.0] * len(simple), False)}
    for place, name in enumerate(SIMPLE[1:], start=1):
        rest = [each for each in simple if each != place]
        errors[f"combined/{name}"] = said.errors(rest, [1.0] * len(rest), False)
    first = first_weights(MEMBERS).tolist()
    errors["auto"] = said.errors(whole, first, True)
    for place, member in enumerate(MEMBERS):
        rest = [each for each in whole if each != whole[place]]
        kept = [weight for at, weight in enumerate(first) if at != place]
        errors[f"auto/{member.name}"] = said.errors(rest, kept, True)
    return errors


@cache
def draws(days: int) -> np.ndarray:
    """Days drawn again in blocks (DRAWS, days)."""
    rng = np.random.default_rng(0)
    blocks = -(-days // ONE_BLOCK)
    starts = rng.integers(0, days, (DRAWS, blocks))
    return ((starts[:, :, None] + np.arange(ONE_BLOCK)) % days).reshape(DRAWS, -1)[:, :days]


def row(name: str, found: dict[str, dict[str, np.ndarray]]) -> str:
    """One row of the table."""
    whole, rng, drawn = name.split("/")[0], np.random.default_rng(1), []
    logs = {}
    for customer, errors in found.items():
        one, other = errors[name], errors[whole]
        logs[customer] = float(np.log(one.sum() / other.sum()))
        at = rng.permutation(draws(len(one)))
        drawn.append(np.log(one[at].sum(axis=1) / other[at].sum(axis=1)))
    low, high = np.quantile(np.mean(drawn, axis=0), [0.05, 0.95])
    middle = float(np.mean(list(logs.values())))
    most = sorted(logs, key=lambda each: -abs(logs[each]))[:2]
    moved = ", ".join(f"{each} {percent(logs[each])}" for each in most)
    what = f"`{whole}` without `{name.split('/')[1]}`"
    return f"| {what} | {percent(middle)} | {percent(low)} to {percent(high)} | {moved} |"


def percent(log: float) -> str:
    """A logarithm of a ratio as a change in percent."""
    return f"{100 * np.expm1(log):+.1f} %".replace("-", "−")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--customers", nargs="+", help="by default the whole bank")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    bank = [case for case in chosen(options.customers) if case.file is None]
    with ProcessPoolExecutor(options.processes) as pool:
        names = [case.name for case in bank]
        found = dict(zip(names, pool.map(without, bank), strict=True))
    print("| | error | nine in ten | moved most |\n|---|---|---|---|")
    for name in next(iter(found.values())):
        if "/" in name:
            print(row(name, found))


if __name__ == "__main__":
    main()
