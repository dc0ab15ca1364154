"""A year of evenings, one by one; and processes that are killed while they write forecasts down."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from evenings import SETTINGS, days_of, plans, play, write_day

from calloff.evaluation.backtest import backtest
from calloff.ledger.runs import forecast_digest, runs
from calloff.ledger.scorecard import FORECAST, scorecard
from calloff.ledger.tables import read_kept
from calloff.rolling.spec import Spec
from calloff.store.folder import open_store
from calloff.store.load import load

EVENINGS, KILLS = 365, 30


def compare(folder: Path, method: str) -> int:
    """The scorecard's forecasts against one backtest's; how many there are."""
    ours = scorecard(open_store(folder / "store")).pairs.filter(pl.col("method") == FORECAST)
    triangle = load(folder / "store", customer="Acme").triangle
    first = str(ours["target"].min())
    theirs = backtest(triangle, Spec(2), methods=[method], first=first)
    key = ["part", "origin", "target", "lead"]
    ours, theirs = ours.sort(key), theirs.sort(key)
    for name in (*key, "plan", "actual", "forecast"):
        assert ours[name].to_list() == theirs[name].to_list(), name
    return ours.height


@pytest.mark.exhaustive
def test_the_scorecard_of_a_year_equals_one_backtest_over_it(tmp_path: Path) -> None:
    table = plans(3, "daily-nervous")
    year = days_of(table)[:EVENINGS]
    assert (year[-1] - year[0]).days > 360
    mine = table.filter(pl.col("issued_at").dt.date() <= year[-1])
    # Of the newest plans only, as a forecast from a store is made; of seven call-offs it knows all.
    list(play(tmp_path, mine, replace(SETTINGS, method="mean7", quantiles=()), last=20))
    assert compare(tmp_path, "mean7") > 600


def test_learned_methods_are_scored_as_a_backtest_scores_them(tmp_path: Path) -> None:
    table = plans(6)
    mine = table.filter(pl.col("issued_at").dt.date() <= days_of(table)[16])
    list(play(tmp_path, mine, replace(SETTINGS, method="auto", quantiles=())))
    assert compare(tmp_path, "auto") > 30


WRITER = """
import sys
from datetime import datetime
from pathlib import Path
from calloff.daily.settings import DailySettings, SettingsFile
from calloff.daily.work import Daily, work_day

settings = SettingsFile(DailySettings(lead=2, days=3, method="ratio"))
print("ready", flush=True)
folder = Path(sys.argv[1])
for number in range(1000):
    out = folder / "out"
    inbox = folder / f"inbox-{number}"
    if not inbox.exists():
        break
    work_day(folder / "store", inbox, Daily(out, settings, now=datetime(2023, 1, 1)))
"""


@pytest.mark.exhaustive
def test_kills_at_any_moment_leave_whole_runs_or_none(tmp_path: Path) -> None:
    """Kills of the day's work; afterwards every run's table is the one written down, no
    other program sees half of one, and going on gives what an undisturbed run gives."""
    table = plans(3)
    days = days_of(table)[:20]
    for number, day in enumerate(days[8:]):
        for each in days[:8] if number == 0 else (day,):
            write_day(tmp_path / f"inbox-{number}", table, each)
    for kill in range(KILLS):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)],
                                  stdout=subprocess.PIPE)  # fmt: skip
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep((kill % 20) * 0.05)
        writer.send_signal(signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
        writer.wait()
        writer.stdout.close()
        check(tmp_path / "store")
    subprocess.run([sys.executable, "-c", WRITER, str(tmp_path)], check=True)
    other = tmp_path / "undisturbed"
    other.mkdir()
    for number in range(len(days) - 8):
        (tmp_path / f"inbox-{number}").rename(other / f"inbox-{number}")
    subprocess.run([sys.executable, "-c", WRITER, str(other)], check=True)
    both = [{(run.cutoff, run.digest) for run in runs(open_store(folder / "store"))}
            for folder in (tmp_path, other)]  # fmt: skip
    assert both[0] == both[1] and len(both[0]) > 5


def check(folder: Path) -> None:
    if not (folder / "store.json").exists():
        return
    store = open_store(folder)
    for run in runs(store):
        assert forecast_digest(read_kept(store, run.path)) == run.digest
    for path in folder.glob("*/**/*.parquet"):
        pl.read_parquet(path, hive_partitioning=False)
