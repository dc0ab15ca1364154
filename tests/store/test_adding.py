"""Adding says what was new, and adds nothing twice; nothing that was there is changed."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import polars as pl
import pytest
from plan_files import by_day, history, write

from calloff.cli.main import main
from calloff.store.adding import Adding, add
from calloff.store.folder import open_store
from calloff.store.load import load
from calloff.store.selection import state_of
from calloff.store.writing import Counts
from calloff.texts.errors import CalloffError

ROWS = history(6, 3)
DAY = ROWS[-1][2][:10]


def tables(store: Path) -> dict[str, str]:
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in store.rglob("*.parquet")
    }


def corrected(rows: list, pieces: int) -> list:
    """The last plan with another quantity."""
    part, customer, stamp, quantities = rows[-1]
    return [*rows[:-1], (part, customer, stamp, [quantities[0], pieces, *quantities[2:]])]


def test_what_was_new_is_told(tmp_path: Path) -> None:
    found = add(tmp_path / "store", write(tmp_path / "a.csv", ROWS)).written
    counts = found[0].customers["unnamed"]
    assert (counts.plans, counts.days, counts.quantities) == (18, 6, 108)
    assert (counts.same, counts.later, counts.late) == (0, 0, 0)


def test_the_same_file_adds_nothing(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", ROWS)
    add(tmp_path / "store", file)
    before = tables(tmp_path / "store")
    again = add(tmp_path / "store", file, write(tmp_path / "copy.csv", ROWS))
    assert [each.known for each in again.written] == [True, True]
    assert tables(tmp_path / "store") == before


def test_an_export_that_grows_adds_what_is_new(tmp_path: Path) -> None:
    add(tmp_path / "store", write(tmp_path / "a.csv", ROWS[:-3]))
    before = tables(tmp_path / "store")
    found = add(tmp_path / "store", write(tmp_path / "b.csv", ROWS)).written[0]
    counts = found.customers["unnamed"]
    assert (counts.plans, counts.days, counts.same, counts.later) == (3, 1, 15, 0)
    assert before.items() < tables(tmp_path / "store").items()
    assert pl.read_parquet(tmp_path / "store" / "plans").height == 6 * len(ROWS)
    assert (load(tmp_path / "store").triangle.quantity
            == load(tmp_path / "b.csv").triangle.quantity).all()  # fmt: skip


def test_a_corrected_file_is_a_later_word(tmp_path: Path) -> None:
    add(tmp_path / "store", write(tmp_path / "a.csv", ROWS))
    before = tables(tmp_path / "store")
    found = add(tmp_path / "store", write(tmp_path / "b.csv", corrected(ROWS, 9999))).written[0]
    counts = found.customers["unnamed"]
    assert (counts.plans, counts.same, counts.later) == (0, 17, 1)
    assert before.items() < tables(tmp_path / "store").items()
    triangle = load(tmp_path / "store").triangle
    assert triangle.quantity[-1, -1, 1] == 9999
    assert not triangle.conflict.any()


def test_a_word_that_is_taken_back_counts(tmp_path: Path) -> None:
    for at, rows in enumerate((ROWS, corrected(ROWS, 9999), corrected(ROWS, 8888))):
        add(tmp_path / "store", write(tmp_path / f"{at}.csv", rows),
            how=Adding(arrived=f"2024-04-0{at + 1}"))  # fmt: skip
    with (tmp_path / "3.csv").open("w") as file:  # the words of the second, in another file
        file.write((tmp_path / "1.csv").read_text() + "\n")
    add(tmp_path / "store", tmp_path / "3.csv", how=Adding(arrived="2024-04-08"))
    assert load(tmp_path / "store").triangle.quantity[-1, -1, 1] == 9999


def test_the_word_that_arrived_last_stands_whenever_it_was_added(tmp_path: Path) -> None:
    store = tmp_path / "store"
    for at, (rows, day) in enumerate(((ROWS, 5), (corrected(ROWS, 9999), 1), (ROWS, 8))):
        file = write(tmp_path / f"{at}.csv", rows)
        file.write_text(file.read_text() + "\n" * at)  # the same words in another file
        (found,) = add(store, file, how=Adding(arrived=f"2024-04-0{day}")).written
    assert found.customers["unnamed"] == Counts(same=len(ROWS))


def test_the_state_of_a_customer_tells_files_and_their_times_of_arrival(tmp_path: Path) -> None:
    file, states = write(tmp_path / "a.csv", ROWS), []
    for at, day in enumerate((5, 5, 6)):
        add(tmp_path / f"{at}", file, how=Adding(arrived=f"2024-04-0{day}"))
        states.append(state_of(open_store(tmp_path / f"{at}"), "unnamed"))
    assert states[0] == states[1]
    assert states[0][0] == states[2][0] and states[0][1] != states[2][1]


def test_files_that_arrive_together_stay_in_conflict(tmp_path: Path) -> None:
    files = [write(tmp_path / "a.csv", ROWS), write(tmp_path / "b.csv", corrected(ROWS, 9999))]
    add(tmp_path / "store", *files)
    assert (
        load(tmp_path / "store").triangle.conflict.tolist()
        == load(*files).triangle.conflict.tolist()
    )
    assert load(tmp_path / "store").triangle.conflict.any()


def test_plans_of_another_plant_are_refused_and_the_rest_is_added(tmp_path: Path) -> None:
    add(tmp_path / "store", write(tmp_path / "a.csv", ROWS))
    other = write(tmp_path / "b.csv", history(6, 3, seed=7))
    (tmp_path / "c.csv").write_text("nothing,here\n1,2\n")
    new = write(tmp_path / "d.csv", history(8, 3)[18:])
    found = add(tmp_path / "store", other, tmp_path / "c.csv", new)
    assert {problem.code for problem in found.refused} >= {"file.two_plans"}
    assert {Path(each.where.file).name for each in found.refused} == {"b.csv", "c.csv"}
    assert [Path(each.file).name for each in found.written] == ["d.csv"]
    assert not add(tmp_path / "store", other, how=Adding(correction=True)).refused


def test_history_and_what_comes_later(tmp_path: Path) -> None:
    files = by_day(tmp_path / "in", ROWS)
    first = add(tmp_path / "store", *files[:4])
    assert first.history == {"unnamed"}
    second = add(tmp_path / "store", files[4])
    assert not second.history and second.written[0].customers["unnamed"].late == 3
    again = add(tmp_path / "store", files[4], how=Adding(arrived="issued"))
    assert again.written[0].customers["unnamed"].plans == 3


def test_the_time_of_a_file(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", ROWS[-3:])
    os.utime(file, (0, 1709700000))  # 2024-03-06
    how = Adding(arrived="file")
    assert add(tmp_path / "store", file, how=how).written[0].customers["unnamed"].late == 0


@pytest.mark.parametrize("arrived", ["yesterday", "2024-03-04T18:00+01:00", ""])
def test_times_that_are_none(arrived: str) -> None:
    with pytest.raises(CalloffError):
        Adding(arrived=arrived)


def test_no_store_is_made_of_another_folder(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", ROWS)
    with pytest.raises(CalloffError, match="not empty"):
        add(tmp_path, file)
    with pytest.raises(CalloffError, match="this is a file"):
        add(file, file)
    assert [each.name for each in tmp_path.iterdir()] == ["a.csv"]


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store, file = str(tmp_path / "store"), str(write(tmp_path / "a.csv", ROWS))
    bad = tmp_path / "c.csv"
    bad.write_text("nothing,here\n1,2\n")
    assert main(["add", store, file, str(bad)]) == 2
    out = capsys.readouterr()
    assert "unnamed" in out.out and "c.csv" in out.err
    assert main(["add", store, file]) == 0
    assert main(["inspect", store]) == 0
    assert main(["forecast", store, "--method", "plan", "--last", "4", "-o",
                 str(tmp_path / "f.csv")]) == 0  # fmt: skip
    assert main(["forecast", file, "--last", "4"]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_a_file_that_is_there_is_not_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An inbox of years is looked through every evening."""
    file = write(tmp_path / "a.csv", history(4, 2))
    add(tmp_path / "store", file)
    monkeypatch.setattr("calloff.store.adding.content_of", None)
    (again,) = add(tmp_path / "store", file).written
    assert again.known and not again.customers
