"""Nothing leaks: what comes after the origin cannot change a forecast, not by a bit.

Each side of a comparison is made from a triangle of its own, so nothing is remembered from the
other; and methods that cheat fail every comparison that they should fail.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from calloff.data.load import load
from calloff.data.triangle import Past, Query, Triangle, as_days
from calloff.evaluation.backtest import backtest
from calloff.forecasters import available
from calloff.planning.forecast import Forecast, forecast
from calloff.rolling.forecaster import Fitted, Forecaster
from calloff.rolling.spec import Spec
from calloff.synth import Customer, export_header, export_rows, make
from support import real_file

CUT = "2024-04-05"
METHODS = [*available(), None]


def frame(rows: list[list[object]]) -> pl.DataFrame:
    names = [f"{index}" for index in range(len(rows[0]))]
    texts = [["" if cell is None else str(cell) for cell in row] for row in rows]
    return pl.DataFrame(texts, schema=names, orient="row")


def write(path: Path, rows: list[list[object]]) -> Path:
    frame([HEADER, *rows]).write_csv(path, include_header=False)
    return path


HEADER = export_header()
KEPT = [*range(HEADER.index("D+8일 투입예정 수량")), len(HEADER) - 1]  # D to D+7 and the time
HEADER = [HEADER[column] for column in KEPT]


Methods = Callable[[Triangle], "str | Forecaster | None"]


@pytest.fixture(scope="module")
def rows() -> list[list[object]]:
    truth = make(Customer(parts=10, days=38))
    return [[row[column] for column in KEPT] for row in export_rows(truth)]


def issued_after(row: list[object], day: str) -> bool:
    return str(row[-1])[:8] > day.replace("-", "")


def spoil(row: list[object], kind: str, rng: np.random.Generator) -> list[list[object]]:
    """What stands in the place of a row that was issued after the cut."""
    if kind == "cut":
        return []
    if kind == "text":
        return [[row[0], *("garbage" for _ in row[1:-1]), row[-1]]]
    noise = [[row[0], *rng.integers(0, 9999, len(row) - 2).tolist(), row[-1]] for _ in range(2)]
    return noise if kind == "conflicts" else noise[:1]


KINDS = ("cut", "text", "numbers", "conflicts")


@pytest.fixture(scope="module")
def sides(rows: list[list[object]], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The file as it is, and with other rows in the place of those issued after the cut."""
    folder, rng = tmp_path_factory.mktemp("sides"), np.random.default_rng(11)
    found = {"whole": write(folder / "whole.csv", rows)}
    for kind in KINDS:
        new = [
            each
            for row in rows
            for each in (spoil(row, kind, rng) if issued_after(row, CUT) else [row])
        ]
        found[kind] = write(folder / f"{kind}.csv", new)
    return found


def said(path: Path, methods: Methods) -> Forecast:
    """A forecast as of the cut, from a triangle that nothing was remembered of."""
    made = load(path).triangle
    levels = (0.1, 0.37, 0.9)
    return forecast(made, Spec(lead=3), as_of=CUT, method=methods(made), days=2, quantiles=levels)


def agree(one: Forecast, other: Forecast) -> bool:
    return (
        one.choice.method.name == other.choice.method.name
        and one.table.equals(other.table)
        and one.skipped.equals(other.skipped)
    )


@pytest.mark.parametrize("method", METHODS)
def test_garbage_after_the_origin_gives_the_same(
    method: str | None, sides: dict[str, Path]
) -> None:
    kinds = ("conflicts",) if method else KINDS
    whole = said(sides["whole"], lambda _: method)
    assert whole.table.height > 10
    assert whole.table["q10"].is_not_null().any()
    for kind in kinds:
        assert agree(whole, said(sides[kind], lambda _: method))


def test_the_past_is_the_same_whatever_comes_later(sides: dict[str, Path]) -> None:
    pasts = {load(path).triangle.as_of(CUT).known.fingerprint for path in sides.values()}
    assert len(pasts) == 1
    wholes = {load(path).triangle.fingerprint for path in sides.values()}
    assert len(wholes) == len(sides) - 1  # rows of text are set aside: as if they were cut


def blind(triangle: Triangle, target: np.datetime64, lead: int) -> Triangle:
    """Without what was issued after the origin of a target, but for the target's own call-offs."""
    after = triangle.days > target - as_days(lead)
    quantity = triangle.quantity.copy()
    quantity[:, after & (triangle.days != target)] = np.nan
    quantity[:, :, 1:][:, after] = np.nan
    return replace(triangle, quantity=quantity)


def backtest_is_blind(made: Triangle, methods: Methods) -> bool:
    """Whether each target's forecasts stay when everything issued after its cutoff is not there."""
    spec, levels = Spec(lead=3), (0.1, 0.9)
    first = str(made.target_days[-3])
    table = backtest(made, spec, methods=[methods(made)], first=first, quantiles=levels)  # type: ignore[list-item]
    for target in table["target"].unique():
        other, day = blind(made, np.datetime64(target), spec.lead), str(target)
        again = backtest(
            other,
            spec,
            methods=[methods(other)],
            first=day,
            last=day,
            quantiles=levels,  # type: ignore[list-item]
        )
        if not again.drop("actual").equals(table.filter(target=target).drop("actual")):
            return False
    return table.height > 20


@pytest.fixture(scope="module")
def made(rows: list[list[object]]) -> Triangle:
    return load(frame([HEADER, *rows]).rename(str).pipe(_with_header)).triangle


@pytest.mark.parametrize("name", available())
def test_a_backtest_reads_nothing_after_each_origin(name: str, made: Triangle) -> None:
    assert backtest_is_blind(made, lambda _: name)


def repeats(made: Triangle, methods: Methods) -> bool:
    """Whether a method says the same twice, each time of a past that nothing is remembered of."""
    one, other = (
        forecast(made, Spec(lead=3), as_of=CUT, method=methods(made), quantiles=(0.1, 0.9))
        for _ in range(2)
    )
    return agree(one, other)


@pytest.mark.parametrize("method", METHODS)
def test_forecasts_repeat_to_the_bit(method: str | None, made: Triangle) -> None:
    assert repeats(made, lambda _: method)


# --- methods that cheat fail these tests


@dataclass(frozen=True)
class Said(Fitted):
    pieces: NDArray[np.float64]

    def predict(self, query: Query) -> NDArray[np.float64]:
        return self.pieces


@dataclass(frozen=True)
class Random(Forecaster):
    """Unseeded random numbers."""

    name: str = "random"

    def fit(self, past: Past, spec: Spec) -> Said:
        return Said(np.random.default_rng().uniform(1, 100, len(past.parts)))


@dataclass(frozen=True)
class Cheat(Forecaster):
    """Has the whole triangle at hand. ``how`` is what it does with it."""

    whole: Triangle = field(compare=False)
    how: str = "plan"
    name: str = "cheat"

    def fit(self, past: Past, spec: Spec) -> Said:
        at = [self.whole.parts.index(part) for part in past.parts]
        fresh = self.whole.quantity[at]
        if self.how == "plan":  # the plan issued after the cutoff
            later = self.whole.days > past.cutoff
            return Said(np.nan_to_num(fresh[:, later][:, :2, 1]).sum(axis=1))
        if self.how == "statistic":  # a mean over all days of the file
            return Said(np.nanmean(np.nan_to_num(fresh[:, :, 0]), axis=1))
        return self._by_later_errors(past, fresh)

    def _by_later_errors(self, past: Past, fresh: NDArray[np.float64]) -> Said:
        """The one of two plain methods that will have been better."""
        called = np.nan_to_num(fresh[:, :, 0])
        candidates = (
            called[:, -5:].mean(axis=1) * 0 + 50.0,
            np.nan_to_num(past.calloffs).mean(axis=1),
        )
        later = called[:, self.whole.days > past.cutoff].sum()
        return Said(candidates[int(later) % 2])


CHEATS: dict[str, Methods] = {
    "random": lambda made: Random(),
    "plan": lambda made: Cheat(made, "plan"),
    "statistic": lambda made: Cheat(made, "statistic"),
    "choice": lambda made: Cheat(made, "choice"),
}


@pytest.mark.parametrize("cheat", CHEATS)
def test_a_method_that_cheats_is_found_out(
    cheat: str, sides: dict[str, Path], made: Triangle
) -> None:
    whole = said(sides["whole"], CHEATS[cheat])
    assert not all(agree(whole, said(sides[kind], CHEATS[cheat])) for kind in KINDS)
    assert not backtest_is_blind(made, CHEATS[cheat])


def test_random_numbers_do_not_repeat(made: Triangle) -> None:
    assert not repeats(made, CHEATS["random"])


def _with_header(table: pl.DataFrame) -> pl.DataFrame:
    """The first row's texts as column names, the repeated ones numbered as pandas does."""
    seen: dict[str, int] = {}
    names = []
    for text in table.row(0):
        names.append(f"{text}.{seen[text]}" if text in seen else text)
        seen[text] = seen.get(text, 0) + 1
    return table.slice(1).rename(dict(zip(table.columns, names, strict=True)))


@pytest.mark.parametrize("method", ["ratio-part", None])
def test_real_file_cut_anywhere_gives_the_same(method: str | None) -> None:
    whole = load(real_file("kamp_until_1022.xls")).triangle
    for day in ("2021-09-17", "2021-09-28", "2021-10-05", "2021-10-17"):
        cut = whole.until(day)
        a, b = (forecast(each, as_of=day, method=method) for each in (whole, cut))
        assert a.table.equals(b.table)
        assert a.choice.method == b.choice.method
