"""The day's work in one command: new files, a forecast for each customer, what came true; twice
changes nothing twice, and one customer's bad file stops no other."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import polars as pl
import pytest

from books import OWN, column, edited, opened
from calloff.cli.main import main
from calloff.daily.customer_day import _since
from calloff.daily.overview import NAME, write_overview
from calloff.daily.settings import DailySettings, SettingsFile
from calloff.daily.work import Daily, Day, summary_of, work_day
from calloff.data.reading.keys import Key
from calloff.evaluation.scores import score
from calloff.ledger.own_numbers import keep_own_numbers, own_numbers
from calloff.ledger.repeating import repeat
from calloff.ledger.runs import forecasts_of, runs
from calloff.ledger.scorecard import FORECAST, scorecard
from calloff.overrides.table import Overrides
from calloff.planning.changes import changes
from calloff.planning.executors import local_executor
from calloff.store.adding import Adding
from calloff.store.folder import open_store
from calloff.synth import bank
from support import triangle

KINDS = {"Acme": "daily-biased", "Bolt <b> & Co.": "daily-good"}
QUICK = SettingsFile(DailySettings(lead=2, days=3, method="ratio"))


def plans(customer: str, parts: int = 5) -> pl.DataFrame:
    table = bank(KINDS[customer]).history.table()
    names = table["part"].unique(maintain_order=True).head(parts)
    mine = table.filter(pl.col("part").is_in(names.to_list()))
    return mine.with_columns(customer=pl.lit(customer))


def days_of(table: pl.DataFrame) -> list[date]:
    return table["issued_at"].dt.date().unique().sort().to_list()


def send(folder: Path, customer: str, until: date, since: date | None = None) -> None:
    folder.mkdir(exist_ok=True)
    day = pl.col("issued_at").dt.date()
    rows = plans(customer).filter(day <= until)
    rows = rows.filter(day >= since) if since else rows
    rows.write_csv(folder / f"{customer[:4]}-{until}.csv")


def work(folder: Path, day: date, out: bool = False, **options: object) -> Day:
    made = datetime.combine(day, time(20))
    how = Daily(folder / "out" if out else None, QUICK,
                Adding(arrived=datetime.combine(day, time(19))), now=made)  # fmt: skip
    return work_day(folder / "store", folder / "inbox", how, **options)  # type: ignore[arg-type]


@pytest.fixture
def begun(tmp_path: Path) -> tuple[Path, list[date]]:
    """A store with the first days of two customers, worked on once; the days that follow."""
    days = days_of(plans("Acme"))
    for customer in KINDS:
        send(tmp_path / "inbox", customer, days[14])
    how = Daily(None, QUICK, now=datetime.combine(days[14], time(20)))
    day = work_day(tmp_path / "store", tmp_path / "inbox", how)
    assert [each.name for each in day.customers] == sorted(KINDS)
    assert not day.refused
    return tmp_path, days[15:]


@pytest.fixture
def written(begun: tuple[Path, list[date]]) -> tuple[Path, list[date], Path]:
    """The same a day later, and the workbook that was written for Acme."""
    folder, days = begun
    send(folder / "inbox", "Acme", days[0], days[0])
    work(folder, days[0], out=True)
    return folder, days, folder / "out" / "Acme.xlsx"


def test_what_was_forecast_is_scored_when_its_day_has_come(begun: tuple[Path, list[date]]) -> None:
    folder, days = begun
    came, cutoffs = list[date](), list[tuple[date, date | None]]()
    changed = dict[date, object]()
    for day in days[:5]:
        for customer in KINDS:
            send(folder / "inbox", customer, day, day)
        found = work(folder, day, out=day == days[4]).customers
        (acme,) = [each.value for each in found if each.name == "Acme"]
        assert acme is not None
        came += acme.came
        cutoffs.append((acme.cutoff, acme.outdated))
        changed[day] = acme.changed
    assert came == days[1:4] and acme.scores  # the last day is a Saturday
    store = open_store(folder / "store")
    since = acme.cutoff - timedelta(days=28)
    ours = score(scorecard(store, "Acme", since=since).pairs)
    (mae,) = ours.filter(pl.col("method") == FORECAST)["mae"]
    assert acme.scores[FORECAST]["mae"] == mae
    assert cutoffs == [*((day, None) for day in days[:4]), (days[3], days[4])]
    assert acme.since == days[2]
    tables = {run.cutoff: forecasts_of(store, [run]) for run in runs(store, "Acme")}
    one, other = (tables[str(day)] for day in days[1:3])
    assert changed[days[2]] == tuple(changes(one, other).iter_rows(named=True)) != ()
    sheet = opened(folder / "out" / "Acme.xlsx", values=True)["Scorecard"]
    cells = {row[0].value: row[1].value for row in sheet.iter_rows(min_row=6, max_row=8)}
    assert cells[FORECAST] == pytest.approx(mae)
    assert '"card":{"first":' in (folder / "out" / "Acme.html").read_text(encoding="utf-8")
    for run in runs(store)[-2:]:
        assert repeat(store, run.id).equal


def test_done_twice_it_does_nothing_twice(begun: tuple[Path, list[date]]) -> None:
    folder, days = begun
    first = work(folder, days[0], out=True)
    files = {path.name: path.read_bytes() for path in (folder / "out").iterdir()}
    made = runs(open_store(folder / "store"))
    again = work(folder, days[1], out=True)
    assert {path.name: path.read_bytes() for path in (folder / "out").iterdir()} == files
    assert runs(open_store(folder / "store")) == made
    assert all(
        each.value and not each.value.new and not each.value.files for each in again.customers
    )
    assert all(each.known for each in again.added.written) if again.added else True
    assert [each.value.run for each in first.customers if each.value] == [
        each.value.run for each in again.customers if each.value
    ]


def test_a_forecast_is_compared_with_the_one_before_of_the_same_lead(
    begun: tuple[Path, list[date]],
) -> None:
    folder, days = begun
    send(folder / "inbox", "Acme", days[0], days[0])
    other = SettingsFile(replace(QUICK.usual, lead=3))
    work_day(folder / "store", folder / "inbox", Daily(settings=other))
    send(folder / "inbox", "Acme", days[1], days[1])
    acme, _ = work(folder, days[1]).customers
    assert acme.value is not None
    before = [(run.lead, run.cutoff) for run in runs(open_store(folder / "store"), "Acme")]
    assert before[:-1] == [(2, str(acme.value.since)), (3, str(days[0]))]


def test_a_part_of_which_no_row_could_be_read_has_no_forecast(
    begun: tuple[Path, list[date]],
) -> None:
    folder, days = begun
    send(folder / "inbox", "Acme", days[0], days[0])
    (path,) = (folder / "inbox").glob(f"Acme-{days[0]}.csv")
    heads, first, *_ = path.read_text(encoding="utf-8").splitlines()
    row = dict(zip(heads.split(","), first.split(","), strict=True))
    lost = row | {"part": "lost", "quantity": "no number"}
    with path.open("a", encoding="utf-8") as file:
        file.write(",".join(lost.values()) + "\n")
    acme, _ = work(folder, days[0]).customers
    assert acme.value is not None and acme.value.skipped == 1


def test_the_scores_of_four_weeks_are_shown() -> None:
    made = triangle({"A": {"2024-02-01": [1, 2], "2024-02-02": [2, 2]}})
    assert _since(made) == date(2024, 1, 5)


def test_a_bad_file_stops_nobody(begun: tuple[Path, list[date]]) -> None:
    folder, days = begun
    (folder / "inbox" / "broken.xlsx").write_bytes(b"PK\x03\x04 no workbook")
    send(folder / "inbox", "Acme", days[0], days[0])
    day = work(folder, days[0])
    assert [each.value.new for each in day.customers if each.value] == [True, False]
    assert len(day.refused) == 1 and "broken.xlsx" in day.refused[0].text()
    assert summary_of(day)["status"] == 2


def test_a_customer_that_cannot_be_forecast_stops_no_other(begun: tuple[Path, list[date]]) -> None:
    folder, days = begun
    short = plans("Acme").filter(pl.col("issued_at").dt.date() == days[0]).with_columns(
        customer=pl.lit("New"), target=pl.col("issued_at").dt.date())  # fmt: skip
    short.unique(["part", "target"]).write_csv(folder / "inbox" / "new.csv")
    day = work(folder, days[0])
    failed = {each.name: each.problems for each in day.customers if each.failed}
    assert list(failed) == ["New"] and failed["New"]
    assert [each.name for each in day.customers if each.value] == sorted(KINDS)


def test_own_numbers_of_the_workbook_are_kept_and_scored(
    written: tuple[Path, list[date], Path],
) -> None:
    folder, days, book = written
    edited(book, {2: 77}, book)
    send(folder / "inbox", "Acme", days[1], days[1])
    day = work(folder, days[1], out=True)
    (acme,) = [each.value for each in day.customers if each.name == "Acme"]
    assert acme is not None and acme.own == 1
    own = own_numbers(open_store(folder / "store"), "Acme")
    assert own["override"].to_list() == [77.0] and own["evening"].to_list() == [days[0]]


def own_of(folder: Path) -> list[float]:
    return own_numbers(open_store(folder / "store"), "Acme")["override"].to_list()


def taken(folder: Path, day: date) -> int:
    """How many own numbers of Acme a day's work takes in."""
    (acme,) = [each.value for each in work(folder, day, out=True).customers if each.name == "Acme"]
    assert acme is not None and not acme.failed
    return acme.own


def test_an_own_number_is_taken_back_by_emptying_its_cell(
    written: tuple[Path, list[date], Path],
) -> None:
    folder, days, book = written
    edited(book, {2: 77, 3: 55}, book)
    assert (taken(folder, days[0]), own_of(folder)) == (2, [77, 55])
    sheet = opened(book).worksheets[0]
    assert [sheet.cell(row, column(sheet, *OWN)).value for row in (2, 3)] == [77, 55]
    edited(book, {2: None}, book)
    assert (taken(folder, days[0]), own_of(folder)) == (1, [55])
    send(folder / "inbox", "Acme", days[1], days[1])
    assert (taken(folder, days[1]), own_of(folder)) == (0, [55])
    sheets = opened(book)
    kept = next(sheet for sheet in sheets if sheet.title == "Own numbers")
    assert kept.cell(2, column(kept, *OWN)).value == 55
    kept.cell(2, column(kept, *OWN)).value = None
    sheets.save(book)
    assert (taken(folder, days[1]), own_of(folder)) == (1, [])


def test_what_was_taken_back_elsewhere_does_not_come_back_by_the_workbook(
    written: tuple[Path, list[date], Path],
) -> None:
    folder, days, book = written
    edited(book, {2: 77, 3: 55}, book)
    assert taken(folder, days[0]) == 2
    store = open_store(folder / "store")
    own = own_numbers(store, "Acme")
    gone = pl.when(pl.col("override") == 77).then(None).otherwise(pl.col("override") + 1)
    elsewhere = Overrides(own.drop("plant").with_columns(override=gone))
    plants = {key.part: key for key in (Key(*row) for row in own.select("part", "plant").rows())}
    assert keep_own_numbers(store, "Acme", elsewhere, plants) == 2
    assert (taken(folder, days[0]), own_of(folder)) == (0, [56])


def test_a_workbook_whose_hidden_sheet_is_cut_is_left_as_it_is(
    written: tuple[Path, list[date], Path],
) -> None:
    folder, days, path = written
    edited(path, {2: 77}, path)
    assert taken(folder, days[0]) == 1
    book = opened(path)
    book["calloff"].delete_cols(3)
    book.save(path)
    acme, _ = work(folder, days[0], out=True).customers
    assert acme.value is not None
    assert [each.code for each in acme.value.failed] == ["overrides.no_mark"]
    assert own_of(folder) == [77]


def test_an_own_number_for_a_part_that_is_not_planned_is_told(
    written: tuple[Path, list[date], Path],
) -> None:
    folder, days, path = written
    book = opened(path)
    sheet = book.worksheets[0]
    sheet.cell(2, column(sheet, "part")).value = "Part 1x"
    sheet.cell(2, column(sheet, *OWN)).value = 77
    book.save(path)
    acme, _ = work(folder, days[0], out=True).customers
    assert acme.value is not None and acme.value.own == 1
    (told,) = [each for each in acme.value.notices if each.code == "daily.own_no_part"]
    assert told.facts["names"] == "Part 1x"


def test_a_workbook_that_cannot_be_read_is_left_as_it_is(begun: tuple[Path, list[date]]) -> None:
    folder, days = begun
    (folder / "out").mkdir()
    book = folder / "out" / "Acme.xlsx"
    book.write_bytes(b"somebody else's")
    send(folder / "inbox", "Acme", days[0], days[0])
    day = work(folder, days[0], out=True)
    (acme,) = [each.value for each in day.customers if each.name == "Acme"]
    assert acme is not None and acme.failed and acme.new and acme.files == ("Acme.html",)
    assert book.read_bytes() == b"somebody else's"
    assert summary_of(day)["status"] == 2


def test_processes_give_the_same_bits(begun: tuple[Path, list[date]], tmp_path: Path) -> None:
    folder, _ = begun
    alone = [(run.id, run.digest) for run in runs(open_store(folder / "store"))]
    how = Daily(None, QUICK, now=datetime(2024, 1, 1))
    with local_executor(2) as executor:
        work_day(tmp_path / "other", folder / "inbox", how, executor=executor)
    both = [(run.id, run.digest) for run in runs(open_store(tmp_path / "other"))]
    assert sorted(each[1] for each in both) == sorted(each[1] for each in alone)


def test_the_overview_holds_names_as_texts(begun: tuple[Path, list[date]]) -> None:
    folder, days = begun
    day = work(folder, days[0])
    for lang in ("en", "ko"):
        page = write_overview(day, folder, lang).read_text(encoding="utf-8")
        assert "Bolt &lt;b&gt; &amp; Co." in page and "<b>" not in page and "<script" not in page
    assert (folder / NAME).exists()


def test_the_command_writes_a_summary_and_says_by_its_status(
    begun: tuple[Path, list[date]], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, _ = begun
    (folder / "store" / "settings.toml").write_text(
        'lead = 2\ndays = 3\nmethod = "ratio"\n[customers.acme]\nlead = 3\nparts = "parts.csv"\n'
        'stock = "stock.csv"\n',
        encoding="utf-8",
    )
    (folder / "store" / "parts.csv").write_text("part,name\nPart 1,Bracket\nX-9,Gone\n")
    (folder / "store" / "stock.csv").write_text("part,stock\nPart 1,40\n")
    status = main(["--lang", "en", "run", str(folder / "store"), str(folder / "inbox"), "--out",
                   str(folder / "out"), "--json", str(folder / "day.json")])  # fmt: skip
    assert status == 0, capsys.readouterr().err
    summary = json.loads((folder / "day.json").read_text(encoding="utf-8"))
    assert [each["lead"] for each in summary["customers"]] == [3, 2]
    assert "X-9" in summary["customers"][0]["notices"][0]
    book = opened(folder / "out" / "Acme.xlsx", values=True).worksheets[0]
    assert any(cell.value == "Bracket" for row in book.iter_rows() for cell in row)
    assert summary["status"] == 0 and len(list((folder / "out").iterdir())) == 5
    assert main(["--lang", "en", "scorecard", str(folder / "store")]) == 0
    run = summary["customers"][0]["run"]
    assert main(["--lang", "en", "repeat", str(folder / "store"), run]) == 0
    assert "to the bit" in capsys.readouterr().out


@pytest.mark.parametrize(("text", "told"), [
    ("led = 2", "led"),
    ("lead = 0", "lead"),
    ("[customers]\nAcme = 3", "customers.Acme"),
    ('[customers.Acme]\nmethod = "best"', "best"),
    ("quantiles = 5", "quantiles"),
    ("lead = ", "TOML"),
    ("stock = 4", "stock"),
    ("change_share = 7", "share"),
    ('[customers.Acme]\nlead = 2\n[customers."ACME "]\nlead = 4', "another table"),
    ("quantiles = [0.1, 0.5, 0.9]", "above 1 and below 100"),
    ('quantiles = ["10", "50", "90"]', "quantiles is '10'"),
])  # fmt: skip
def test_wrong_settings_are_refused_before_any_work(
    tmp_path: Path, text: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "inbox").mkdir()
    settings = tmp_path / "mine.toml"
    settings.write_text(text, encoding="utf-8")
    status = main(["--lang", "en", "run", str(tmp_path / "store"), str(tmp_path / "inbox"),
                   "--settings", str(settings)])  # fmt: skip
    assert status == 2 and told in capsys.readouterr().err
    assert not (tmp_path / "store").exists()


def test_a_forecast_by_hand_is_written_down_where_that_is_asked(
    begun: tuple[Path, list[date]], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, _ = begun
    store = open_store(folder / "store")
    before = runs(store)
    words = ["--lang", "en", "forecast", str(store.root), "--method", "ratio", "--record"]
    assert main(words) == 2 and "--customer" in capsys.readouterr().err
    assert main([*words, "--customer", "acme"]) == 0
    (made,) = [run for run in runs(store) if run not in before]
    assert made.customer == "Acme" and made.id in capsys.readouterr().err
    assert repeat(store, made.id).equal
    file = str(folder / "inbox" / next((folder / "inbox").iterdir()).name)
    assert main(["--lang", "en", "forecast", file, "--record"]) == 2
    assert "store" in capsys.readouterr().err


def test_settings_may_lie_in_the_folder_before_it_is_a_store(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "settings.toml").write_text("lead = 2", encoding="utf-8")
    (tmp_path / "inbox").mkdir()
    assert main(["--lang", "en", "run", str(tmp_path / "store"), str(tmp_path / "inbox")]) == 0


@pytest.mark.parametrize(("inbox", "out"), [
    ("inbox", "store"), ("inbox", "store/results"), ("store", None), ("store/plans", None),
    ("inbox", "inbox"),
])  # fmt: skip
def test_store_inbox_and_results_are_kept_apart(
    begun: tuple[Path, list[date]], inbox: str, out: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, _ = begun
    before = sorted(folder.rglob("*"))
    words = ["--lang", "en", "run", str(folder / "store"), str(folder / inbox)]
    assert main([*words, *(["--out", str(folder / out)] if out else [])]) == 2
    assert "folders of their own" in capsys.readouterr().err
    assert sorted(folder.rglob("*")) == before


def test_days_in_the_wrong_order_are_refused(
    begun: tuple[Path, list[date]], capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["scorecard", str(begun[0] / "store"), "--since", "2023-05-01", "--until", "2023-01-01"]
    assert main(["--lang", "en", *words]) == 2
    assert "lies after" in capsys.readouterr().err
