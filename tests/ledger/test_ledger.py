"""Forecasts are written down before they come true, made again to the bit, and scored when they
have come, as one backtest over the same days scores them."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from evenings import SETTINGS, at, days_of, evening, plans, play, write_day
from polars.testing import assert_frame_equal

from calloff.cli.main import main
from calloff.evaluation.backtest import backtest
from calloff.evaluation.scores import score
from calloff.ledger import database as ledger_database
from calloff.ledger.database import ledger
from calloff.ledger.outcomes import note_outcomes
from calloff.ledger.own_numbers import keep_own_numbers, own_numbers
from calloff.ledger.question import read_question
from calloff.ledger.repeating import repeat
from calloff.ledger.runs import find_run, forecasts_of, runs
from calloff.ledger.scorecard import FORECAST, LAST, scorecard
from calloff.ledger.withdrawing import withdraw_own_numbers
from calloff.lstm.processor import ENVIRONMENT, instruction_sets
from calloff.overrides.table import Overrides
from calloff.rolling.answers import PLAN
from calloff.rolling.spec import Spec
from calloff.store import manifest
from calloff.store.folder import Store, open_store
from calloff.store.forgetting import deliveries, forget
from calloff.store.load import load
from calloff.texts.catalogue import say
from calloff.texts.errors import CalloffError

EVENINGS = 24


def first_days(table: pl.DataFrame, count: int = EVENINGS) -> pl.DataFrame:
    last = days_of(table)[count - 1]
    return table.filter(pl.col("issued_at").dt.date() <= last)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("played")
    list(play(folder, first_days(plans())))
    return folder / "store"


def test_the_scorecard_of_evenings_played_one_by_one_equals_one_backtest(played: Path) -> None:
    card = scorecard(open_store(played))
    triangle = load(played, customer="Acme").triangle
    first = str(card.pairs["target"].min())
    table = backtest(triangle, Spec(2), methods=["ratio", "plan", "last"], first=first,
                     quantiles=(0.1, 0.9))  # fmt: skip
    names = {FORECAST: "ratio", PLAN: "plan", LAST: "last"}
    key = ["method", "part", "origin", "target", "lead"]
    ours = card.pairs.with_columns(pl.col("method").replace(names)).sort(key)
    theirs = table.sort(key)
    assert ours.height == theirs.height > 200
    for name in (*key, "plan", "actual", "forecast"):
        assert ours[name].to_list() == theirs[name].to_list(), name
    for name in ("q10", "q90"):
        mine = ours.filter(pl.col("method") == "ratio")[name].to_list()
        assert mine == theirs.filter(pl.col("method") == "ratio")[name].to_list()


def test_a_forecast_is_made_again_to_the_bit_although_more_plans_came(played: Path) -> None:
    store = open_store(played)
    made = runs(store)
    again = repeat(store, made[3].id[:8])
    assert again.run == made[3]
    assert again.intact and again.equal and again.difference == 0.0 and not again.removed


def test_a_changed_table_is_noticed(tmp_path: Path) -> None:
    table = first_days(plans(3), 8)
    store = [each.store for each in play(tmp_path, table)][-1]
    run = runs(store)[-1]
    path = store.root / run.path
    kept = pl.read_parquet(path, hive_partitioning=False)
    kept.with_columns(pl.col("forecast") + 1).write_parquet(path)
    again = repeat(store, run.id)
    assert not again.intact and again.equal and again.difference == 1.0


def test_plans_that_were_removed_since_are_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = [each.store for each in play(tmp_path, first_days(plans(3), 8))][-1]
    run = runs(store)[-1]
    assert not repeat(store, run.id).removed
    forget(store, deliveries(store)[2].hash)
    assert repeat(store, run.id).removed
    assert main(["repeat", str(store.root), run.id]) == 1
    assert "have been removed since" in capsys.readouterr().out


def test_the_same_evening_again_changes_nothing(tmp_path: Path) -> None:
    table = first_days(plans(3), 8)
    list(play(tmp_path, table))
    store = open_store(tmp_path / "store")
    before = [(run.id, run.made) for run in runs(store)]
    day = days_of(table)[-1]
    path = tmp_path / "inbox" / f"{day}.csv"
    again = evening(tmp_path / "store", path, day, made=at(day + timedelta(days=9)))
    assert again.came == []
    assert [(run.id, run.made) for run in runs(store)] == before


def test_what_is_written_down_on_its_target_day_or_later_does_not_count(tmp_path: Path) -> None:
    table = first_days(plans(3), 10)
    *days, last = days_of(table)
    for day in days:
        path = write_day(tmp_path / "inbox", table, day)
        evening(tmp_path / "store", path, day, made=datetime(2030, 1, 1))
    evening(tmp_path / "store", write_day(tmp_path / "inbox", table, last), last)
    card = scorecard(open_store(tmp_path / "store"))
    assert card.pairs.is_empty() and card.afterwards > 0 and card.waiting > 0


@pytest.fixture
def copied(played: Path, tmp_path: Path) -> Store:
    return Store(Path(shutil.copytree(played, tmp_path / "copied")))


def made_at(store: Store, run: str, stamp: str) -> None:
    with ledger(store).writing() as data:
        data.execute("UPDATE runs SET made = ? WHERE id = ?", [stamp, run])


def test_a_forecast_of_the_evening_before_counts_and_one_of_the_morning_does_not(
    copied: Store,
) -> None:
    run = runs(copied)[-5]
    target = forecasts_of(copied, [run])["target"].min()
    assert isinstance(target, date)
    for day, counts in ((target - timedelta(days=1), True), (target, False)):
        made_at(copied, run.id, f"{day}T{'23:59:59' if counts else '00:00:00'}")
        scored = scorecard(copied).ahead.filter(run=run.id, target=target)
        assert scored.is_empty() != counts


def test_the_forecast_of_the_last_plans_counts_whenever_it_was_made(copied: Store) -> None:
    before, (one, other) = scorecard(copied), runs(copied)[-7:-5]
    targets = [set(forecasts_of(copied, [run])["target"]) for run in (one, other)]
    assert targets[0] & targets[1]
    made_at(copied, one.id, other.made)
    made_at(copied, other.id, one.made)
    assert_frame_equal(scorecard(copied).pairs, before.pairs)


def test_the_target_days_that_are_asked_for_are_scored_as_among_all(played: Path) -> None:
    store = open_store(played)
    whole = scorecard(store)
    first, last = whole.pairs["target"].unique().sort()[[3, 8]]
    found = scorecard(store, since=first, until=last)
    for one, other in ((found.pairs, whole.pairs), (found.ahead, whole.ahead)):
        assert_frame_equal(one, other.filter(pl.col("target").is_between(first, last)))


@pytest.mark.parametrize("name", instruction_sets())
def test_a_forecast_is_made_again_with_the_instruction_set_that_made_it(
    copied: Store, name: str
) -> None:
    (run, *_), before = runs(copied), os.environ.get(ENVIRONMENT)
    with ledger(copied).writing() as data:
        data.execute("UPDATE runs SET engine = ?", [name])
    assert repeat(copied, run.id).engine == name
    assert os.environ.get(ENVIRONMENT) == before


def test_days_that_were_forecast_are_no_weeks(copied: Store) -> None:
    loaded = load(copied.root, customer="Acme")
    given = (copied, "Acme", loaded.triangle, loaded.reading.keys)
    assert note_outcomes(*given, weeks=True) == []


def test_a_corrected_call_off_is_scored_as_corrected_and_both_are_kept(tmp_path: Path) -> None:
    table = first_days(plans(3), 12)
    list(play(tmp_path, table))
    store = open_store(tmp_path / "store")
    day = days_of(table)[-2]
    before = scorecard(store).pairs.filter(pl.col("target") == day)
    assert before.height
    called = (pl.col("target") == day) & (pl.col("issued_at").dt.date() == day)
    changed = table.with_columns(
        quantity=pl.when(called).then(pl.col("quantity") + 7).otherwise(pl.col("quantity"))
    )
    path = write_day(tmp_path / "corrected", changed, day)
    came = evening(tmp_path / "store", path, days_of(table)[-1]).came
    assert came == [day]
    after = scorecard(store).pairs.filter(pl.col("target") == day)
    assert (after["actual"] - before["actual"]).to_list() == [7.0] * after.height
    assert after["forecast"].to_list() == before["forecast"].to_list()
    with closing(sqlite3.connect(store.root / "ledger.sqlite")) as data:
        query = "SELECT count(*) FROM outcomes WHERE target = ?"
        assert data.execute(query, [str(day)]).fetchone() == (2,)


def own(run_table: pl.DataFrame, add: float, made: date) -> Overrides:
    rows = run_table.head(2).select(
        "part", "target", evening="cutoff", made=pl.lit(made), plan="plan", forecast="forecast",
        override=pl.col("forecast") + add,
    )  # fmt: skip
    return Overrides(rows)


def test_own_numbers_stand_beside_ours_on_the_same_pairs(tmp_path: Path) -> None:
    table = first_days(plans(4), 12)
    list(play(tmp_path, table))
    store = open_store(tmp_path / "store")
    run = runs(store)[-4]
    made = forecasts_of(store, [run])
    numbers = own(made, 5, date.fromisoformat(run.cutoff))
    keys = load(store.root, customer="Acme").reading.keys
    assert keep_own_numbers(store, "Acme", numbers, keys) == 2
    assert keep_own_numbers(store, "Acme", numbers, keys) == 0
    late = replace(numbers, table=numbers.table.with_columns(
        override=pl.col("override") + 1, made=pl.col("target")))  # fmt: skip
    card = scorecard(store)
    scores = {row["method"]: row for row in score(card.own).iter_rows(named=True)}
    assert set(scores) == {FORECAST, PLAN, LAST, "override"}
    assert {row["pairs"] for row in scores.values()} == {2}
    pairs = card.own.filter(pl.col("method").is_in([FORECAST, "override"])).sort("part", "method")
    values = pairs["forecast"].to_list()
    assert [b - a for a, b in zip(values[::2], values[1::2], strict=True)] == [5.0, 5.0]
    # one that was made when the call-off was known does not count
    assert keep_own_numbers(store, "Acme", late, keys) == 2
    assert own_numbers(store, "Acme")["override"].to_list() == late.table["override"].to_list()
    assert scorecard(store).own.is_empty()


def test_an_own_number_is_as_old_as_the_first_day_on_which_it_was_this_number(
    copied: Store,
) -> None:
    run = runs(copied)[-4]
    table, day = forecasts_of(copied, [run]), date.fromisoformat(run.cutoff)
    keys = load(copied.root, customer="Acme").reading.keys
    for add, later in ((5, 0), (7, 1), (5, 2)):
        numbers = own(table, add, day + timedelta(days=later))
        assert keep_own_numbers(copied, "Acme", numbers, keys) == 2
    assert own_numbers(copied, "Acme")["made"].to_list() == [day] * 2


def test_own_numbers_are_taken_back_by_whoever_gave_them(copied: Store) -> None:
    (*_, run), keys = runs(copied), load(copied.root, customer="Acme").reading.keys
    table = own(forecasts_of(copied, [run]), 5, date.fromisoformat(run.cutoff)).table
    for row, source in enumerate(("page a", "page b")):
        keep_own_numbers(copied, "Acme", Overrides(table[row : row + 1]), keys, source=source)
    assert withdraw_own_numbers(copied, "Acme", "page a") == 1
    assert own_numbers(copied, "Acme")["part"].to_list() == table["part"][1:2].to_list()
    assert withdraw_own_numbers(copied, "Acme", "page a") == 0


def test_a_part_without_a_last_call_off_is_scored_as_in_a_backtest(tmp_path: Path) -> None:
    """It is planned days before its first plan of the day itself."""
    table = first_days(plans(3), 12)
    days = days_of(table)
    new = (pl.col("part") == pl.col("part").last()) & (pl.col("issued_at").dt.date() < days[8])
    called = pl.col("target") == pl.col("issued_at").dt.date()
    list(play(tmp_path, table.filter(~(new & called))))
    store = open_store(tmp_path / "store")
    card = scorecard(store)
    first = str(card.pairs["target"].min())
    triangle = load(store.root, customer="Acme").triangle
    theirs = backtest(triangle, Spec(2), methods=["ratio", "plan", "last"], first=first)
    key = ["method", "part", "target"]
    ours = card.pairs.with_columns(pl.col("method").replace({FORECAST: "ratio"})).sort(key)
    theirs = theirs.sort(key)
    assert (theirs.filter(method="last")["used"] == PLAN).any()
    for name in (*key, "forecast", "used"):
        assert ours[name].to_list() == theirs[name].to_list(), name


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_the_plan_never_steps_in_for_itself(
    lang: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever the plan is called in the user's language."""
    list(play(tmp_path, first_days(plans(3), 9)))
    assert main(["--lang", lang, "scorecard", str(tmp_path / "store")]) == 0
    lines = capsys.readouterr().out.splitlines()
    (line,) = [each for each in lines if each.startswith(f"{say('term.plan', lang)} ")][:1]
    assert line.split()[-1] == "0"


def test_two_customers_with_equal_part_names_keep_apart(tmp_path: Path) -> None:
    one, other = first_days(plans(3), 9), first_days(plans(3, "daily-good"), 9)
    for day, other_day in zip(days_of(one), days_of(other), strict=False):
        evening(tmp_path / "s", write_day(tmp_path / "a", one, day), day)
        evening(tmp_path / "s", write_day(tmp_path / "b", other, other_day), other_day,
                customer="Bolt")  # fmt: skip
    store = open_store(tmp_path / "s")
    both = scorecard(store).pairs
    for name in ("Acme", "Bolt"):
        mine = scorecard(store, name).pairs
        named = mine.with_columns(part=pl.col("part") + f" @ {name}")
        assert mine.height and named.equals(both.filter(pl.col("customer") == name))


def test_a_question_is_read_as_it_was_written() -> None:
    from calloff.data.cleaning import Policy
    from calloff.data.part_tables import Pack, Stock
    from calloff.ledger.question import Question
    from calloff.planning.build import BuildSpec

    build = BuildSpec(0.9, {"P1": 4.0, "P2": Stock(5, 6, 7)}, {"P1": Pack(12.0, 24.0)}, cover=2)
    settings = replace(SETTINGS, build=build, exclude=("P2",), as_of="2024-03-04")
    question = Question("Acme", None, False, "2024-01-01", 7, "ab", Policy("last"), settings)
    assert read_question(question.text()) == question
    with pytest.raises(ValueError):
        read_question('{"customer": "Acme"}')


@pytest.mark.parametrize("name", ["", "zz", "0123456789ab"])
def test_a_run_that_is_not_there_is_named(played: Path, name: str) -> None:
    with pytest.raises(CalloffError) as error:
        find_run(open_store(played), name)
    assert runs(open_store(played))[-1].id in str(error.value)


def test_runs_are_listed_by_day_and_customer(played: Path) -> None:
    store = open_store(played)
    all_runs = runs(store)
    middle = date.fromisoformat(all_runs[5].cutoff)
    assert runs(store, since=middle) == all_runs[5:]
    assert runs(store, before=middle) == all_runs[:5]
    assert runs(store, "Nobody") == []


def test_a_stale_day_at_the_beginning_of_what_is_read_is_no_target_day(tmp_path: Path) -> None:
    """Alone it looks fresh, as the day that it repeats was left out."""
    table = first_days(plans(3), 12)
    list(play(tmp_path, table))
    store, days = open_store(tmp_path / "store"), days_of(table)
    whole = load(store.root, customer="Acme")
    stale = str(whole.triangle.days[whole.triangle.stale][-1])
    left = load(store.root, customer="Acme", last=sum(str(day) >= stale for day in days))
    assert str(left.triangle.days[0]) == stale and not left.triangle.stale[0]
    with closing(sqlite3.connect(store.root / "ledger.sqlite")) as data, data:
        run = runs(store)[-1].id
        data.execute("INSERT INTO targets VALUES (?, ?)", (run, stale))
    assert note_outcomes(store, "Acme", left.triangle, left.reading.keys) == []


@pytest.mark.parametrize("schema", [ledger_database.SCHEMA, manifest.SCHEMA])
def test_two_processes_may_begin_a_database_at_once(schema: str) -> None:
    """Both find no tables; the second makes them when the first has."""
    with closing(sqlite3.connect(":memory:")) as data:
        for _ in range(2):
            data.executescript(f"BEGIN IMMEDIATE; {schema} COMMIT;")
