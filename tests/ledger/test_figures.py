"""The planning trade's figures of a scorecard, against plain loops over what was written down."""

from __future__ import annotations

import io
from collections import defaultdict

import polars as pl
import pytest
from evenings import days_of, plans, play
from rich.console import Console

from calloff.evaluation.figure_tables import FIGURES
from calloff.evaluation.tracking import tracking_signal
from calloff.ledger.figures import scorecard_figures
from calloff.ledger.scorecard import Scorecard, scorecard
from calloff.report import words
from calloff.report.terminal.ledger import scorecard_table, show_scorecard
from calloff.report.terminal.screen import Screen
from calloff.store.folder import open_store
from calloff.texts.catalogue import LANGUAGES, say


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Scorecard:
    folder = tmp_path_factory.mktemp("figures")
    table = plans(5)
    first = table.filter(pl.col("issued_at").dt.date() <= days_of(table)[20])
    list(play(folder, first))
    return scorecard(open_store(folder / "store"))


def two(card: Scorecard) -> Scorecard:
    """The same with a second customer, whose parts have the same names and twice the plans."""
    both = [pl.concat([each, each.with_columns(
        customer=pl.lit("Beta"), forecast=pl.col("forecast") * 2)])
        for each in (card.pairs, card.ahead)]  # fmt: skip
    return Scorecard(*both, card.own, 0, 0, ())


@pytest.mark.parametrize("method", ["plan", "forecast"])
def test_equal_to_plain_loops(card: Scorecard, method: str) -> None:
    rows = card.ahead.filter(method=method).sort("cutoff").iter_rows(named=True)
    newest = {(row["part"], row["target"], row["lead"]): row for row in rows}
    assert len({row["lead"] for row in newest.values()}) > 2
    error = miss = volume = 0.0
    nearest: dict[tuple[str, object], tuple[int, float]] = {}
    for (part, target, lead), row in newest.items():
        off = row["forecast"] - row["actual"]
        error, miss = error + 0.8**lead * off, miss + 0.8**lead * abs(off)
        volume += 0.8**lead * row["actual"]
        nearest[part, target] = min(nearest.get((part, target), (99, 0.0)), (lead, off))
    days: dict[object, float] = defaultdict(float)
    for (_, target), (_, off) in nearest.items():
        days[target] += off
    (found,) = scorecard_figures(card).filter(method=method).iter_rows(named=True)
    assert found["index_by_volume"] == pytest.approx(max(0, 1 - miss / volume))
    assert found["weighted_bias"] == pytest.approx(error / miss)
    signal = tracking_signal([days[day] for day in sorted(days)])  # type: ignore[type-var]
    assert found["tracking_signal"] == pytest.approx(signal[-1])
    assert found["targets"] == len(days) == card.pairs["target"].n_unique()


def test_of_one_plan_the_last_forecast_counts(card: Scorecard) -> None:
    """As over a weekend, when several runs read Friday's plan."""
    day = pl.duration(days=1)
    later = card.ahead.with_columns(pl.col("cutoff") + day, forecast=pl.col("actual"))
    for order in ([card.ahead, later], [later, card.ahead]):
        both = Scorecard(card.pairs, pl.concat(order), card.own, 0, 0, ())
        assert scorecard_figures(both)["index_by_volume"].to_list() == [1, 1]


def test_customers_with_equal_part_names_are_kept_apart(card: Scorecard) -> None:
    both, names = two(card), ["index_by_target", "index_by_volume", "tracking_signal"]
    alone = scorecard_figures(card, ["part"])
    first = scorecard_figures(both, ["customer", "part"]).filter(customer="Acme").drop("customer")
    assert first.equals(alone)
    whole = scorecard_figures(both, ["customer"]).filter(customer="Acme").drop("customer")
    assert whole.select(names).rows() == scorecard_figures(card).select(names).rows()
    assert scorecard_figures(both, ["part"]).height == alone.height


def test_the_table_has_them_beside_the_scores(card: Scorecard) -> None:
    table = scorecard_table(card)
    with_them = table.drop_nulls("index_by_volume").select("by", "method").unique()
    assert set(with_them["by"]) == {"all", "customer", "part"}
    assert set(with_them["method"]) == {"plan", "forecast"}
    row = table.filter(by="all", method="plan").row(0, named=True)
    (found,) = scorecard_figures(card).filter(method="plan").iter_rows(named=True)
    assert {name: row[name] for name in FIGURES if name != "targets"} == {
        name: found[name] for name in FIGURES if name != "targets"
    }
    assert row["mae"] > 0


def shown(card: Scorecard, lang: str, width: int = 200) -> list[str]:
    console = Console(width=width, file=io.StringIO(), color_system=None, highlight=False)
    show_scorecard(card, Screen(lang, True, console, console))
    return console.file.getvalue().splitlines()  # type: ignore[attr-defined]


def tables(lines: list[str], lang: str) -> list[list[str]]:
    """The lines of each table of figures, without its head."""
    tops = [at for at, line in enumerate(lines) if say("term.index_by_volume", lang) in line]
    return [lines[top + 1 : next((at for at in range(top, len(lines)) if not lines[at]), None)]
            for top in tops]  # fmt: skip


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_screen_has_plan_and_forecast_customers_and_parts(card: Scorecard, lang: str) -> None:
    whole, plans_alone = tables(shown(card, lang), lang)
    assert [line.split("  ")[0] for line in whole[:2]] == [
        say(f"term.{name}", lang) for name in ("plan", "forecast")
    ]
    (row,) = scorecard_figures(card).filter(method="plan").iter_rows(named=True)
    assert whole[0].split()[1:3] == [
        words.share(row["index_by_target"]), words.share(row["index_by_volume"])]  # fmt: skip
    names = [line.split("  ")[0] for line in plans_alone]
    assert set(names) == set(card.ahead["part"])  # one customer has no line of its own
    _, several = tables(shown(two(card), lang), lang)
    assert [line.split("  ")[0] for line in several][:3] == ["Acme", "Beta", names[0]]


def test_nothing_that_came_true_has_no_figures(card: Scorecard) -> None:
    none = Scorecard(pl.DataFrame(), pl.DataFrame(), pl.DataFrame(), 3, 0, ())
    assert scorecard_figures(none, ["part"]).columns == ["method", "part", *FIGURES]
    assert scorecard_table(none).is_empty()
