"""Quantities as people write them: one form for a table; what can be read in two ways is asked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from calloff import CalloffError, load
from calloff.data.layouts import parse_layout
from calloff.data.suggestion import suggest_layout
from plan_forms import Form, Plan, assert_plan, plan, separated, written

Spelt = Callable[[int], str]
LARGE = plan(most=90_000)


def grouped(sign: str, end: str = "") -> Spelt:
    return lambda pieces: f"{pieces:,}".replace(",", sign) + end


CLEAR: dict[str, Spelt] = {
    "plain": str, "dots and decimals": grouped(".", ",00"), "SAP": lambda n: f"{n},000",
    "SAP with dots": grouped(".", ",000"), "commas and decimals": grouped(",", ".00"),
    "apostrophes": grouped("'"), "typographic": grouped("\u2019"), "spaces": grouped(" "),
    "hard spaces": grouped("\u00a0"), "narrow spaces": grouped("\u202f"),
    "French": grouped(" ", ",0"), "one decimal": lambda n: f"{n}.0",
    "three decimals": lambda n: f"{n}.000", "signs": lambda n: f"+{n}",
    "full width": lambda n: "".join(chr(ord(digit) + 0xFEE0) for digit in str(n)),
    "powers": lambda n: f"{n:.6E}", "formula": lambda n: f'="{n}"',
}  # fmt: skip
UNCLEAR: dict[str, Spelt] = {"dots": grouped("."), "commas": grouped(",")}


@pytest.mark.parametrize("made", [plan(), LARGE], ids=["small", "large"])
@pytest.mark.parametrize("shape", ["wide", "long", "dated"])
@pytest.mark.parametrize("name", CLEAR)
def test_clear_numbers(tmp_path: Path, name: str, shape: str, made: Plan) -> None:
    written(tmp_path, Form(shape, number=CLEAR[name]).tables(made), delimiter=";")
    assert_plan(load(tmp_path).triangle, made)


def lakhs(pieces: int) -> str:
    """As in India: 1,52,700."""
    text = str(pieces)
    head = [text[:-3][max(at - 2, 0) : at] for at in range(len(text) - 3, 0, -2)]
    return ",".join([*head[::-1], text[-3:]])


@pytest.mark.parametrize("shape", ["wide", "long", "dated"])
def test_numbers_in_lakhs(tmp_path: Path, shape: str) -> None:
    made = plan(most=9_000_000)
    assert lakhs(1_527_000) == "15,27,000"
    written(tmp_path, Form(shape, number=lakhs).tables(made), delimiter=";")
    assert_plan(load(tmp_path).triangle, made)


@pytest.mark.parametrize("shape", ["wide", "long", "dated"])
@pytest.mark.parametrize("name", UNCLEAR)
def test_numbers_in_two_readings_are_asked_for(tmp_path: Path, name: str, shape: str) -> None:
    """Only the large ones would be missing, and a forecast made from the small ones."""
    written(tmp_path, Form(shape, number=UNCLEAR[name]).tables(LARGE), delimiter=";")
    with pytest.raises(CalloffError, match='thousands = ","') as caught:
        load(tmp_path)
    assert {problem.code for problem in caught.value.problems} <= {
        "file.ambiguous", "unused.ambiguous"
    }  # fmt: skip


def layout(shape: str, **options: object) -> object:
    named = {"wide": {"total": ["D", "D+{lead}"]},
             "long": {"target": ["target"], "quantity": ["quantity"], "kind": "long"}}  # fmt: skip
    columns = {"part": ["part"], "issued_at": ["issued_at"], **named[shape], **options}
    return parse_layout(columns, "my.toml")


@pytest.mark.parametrize("shape", ["wide", "long"])
@pytest.mark.parametrize(
    ("spelt", "options"),
    [
        (grouped("."), {"thousands": "."}), (grouped("."), {"decimal": ","}),
        (grouped(","), {"thousands": ","}), (grouped(","), {"decimal": "."}),
        (lambda n: f"{n},000", {"decimal": ","}), (lambda n: f"{n}.000", {"decimal": "."}),
        (grouped("'"), {"thousands": "'"}), (grouped(" "), {"thousands": " "}),
        (grouped(".", ",00"), {"decimal": ",", "thousands": "."}),
    ],
)  # fmt: skip
def test_declared_signs(tmp_path: Path, shape: str, spelt: Spelt, options: dict[str, str]) -> None:
    for number, made in enumerate((plan(), LARGE)):
        folder = tmp_path / str(number)
        folder.mkdir()
        written(folder, Form(shape, number=spelt).tables(made), delimiter=";")
        assert_plan(load(folder, layout=layout(shape, **options)).triangle, made)


def test_thousands_are_seen_where_plain_numbers_end_below_them(tmp_path: Path) -> None:
    made = plan(most=3000)
    written(tmp_path, Form(number=grouped(",")).tables(made))
    assert_plan(load(tmp_path).triangle, made)


def test_a_text_in_a_column_of_numbers_is_no_evidence(tmp_path: Path) -> None:
    made = plan()
    (table,) = Form(number=int).tables(made)
    table[5][3] = "1.234"
    written(tmp_path, [table], ".xlsx")
    found = load(tmp_path)
    assert found.reading.faults["reason"].to_list() == ["ambiguous"]
    assert int(np.isnan(found.triangle.quantity).sum()) == 1


@pytest.mark.parametrize("nothing", ["-", " -   ", "–", "\u2212", ""])
def test_a_dash_of_an_account_is_blank_and_0_where_that_is_declared(
    tmp_path: Path, nothing: str
) -> None:
    made = plan()
    written(tmp_path, Form(number=lambda n: str(n) if n else nothing).tables(made))
    found = load(tmp_path)
    assert set(found.reading.faults["reason"]) == {"blank"}
    assert (np.isnan(found.triangle.quantity) == (made.quantity == 0)).all()
    assert_plan(load(tmp_path, layout=layout("wide", blank=0)).triangle, made)


@pytest.mark.parametrize("unit", [" EA", "개", " pcs", " Stück"])
def test_numbers_with_a_unit_are_refused(tmp_path: Path, unit: str) -> None:
    written(tmp_path, Form(number=lambda n: f"{n}{unit}").tables(plan()))
    with pytest.raises(CalloffError, match="none of the 72 rows can be used"):
        load(tmp_path)


def test_thousands_without_quotes_between_commas_are_cells_too_many(tmp_path: Path) -> None:
    (table,) = Form(number=grouped(",")).tables(LARGE)
    lines = "\n".join(",".join(map(str, row)) for row in table)
    (tmp_path / "plan.csv").write_text(lines)
    with pytest.raises(CalloffError, match="more cells than the header"):
        load(tmp_path)
    (small,) = Form().tables(plan())
    small[40][4] = "1,234"
    lines = "\n".join(",".join(map(str, row)) for row in small)
    (tmp_path / "plan.csv").write_text(lines)
    found = load(tmp_path)
    assert found.cleaned.set_aside == {"row_long": 1}
    assert set(np.unique(found.triangle.quantity[~np.isnan(found.triangle.quantity)])) <= set(
        np.unique(plan().quantity)
    )


@pytest.mark.parametrize("spelt", ["-12", "12-", "(12)", "\u221212", "- 12", "12 -"])
def test_negative_quantities_cost_one_cell(tmp_path: Path, spelt: str) -> None:
    (table,) = Form().tables(plan())
    table[9][4] = spelt
    (tmp_path / "plan.csv").write_bytes(separated(table))
    found = load(tmp_path)
    assert found.reading.faults["reason"].to_list() == ["negative"]
    assert found.reading.faults["value"].to_list() == [spelt]
    assert int(np.isnan(found.triangle.quantity).sum()) == 1


def test_kilograms_are_read_as_the_message_says(tmp_path: Path) -> None:
    path = tmp_path / "kilograms.csv"
    path.write_text("part,issued_at,D,D+1\nA,2026-03-02,2.5,3.75\nB,2026-03-02,0.5,1.5\n")
    with pytest.raises(CalloffError, match="declare fractions = true"):
        load(path)
    layout = tmp_path / "kilograms.toml"
    layout.write_text(suggest_layout([path]).text.replace("# fractions", "fractions"))
    assert load(path, layout=layout).triangle.quantity[:, 0].tolist() == [[2.5, 3.75], [0.5, 1.5]]
    path.write_text("part,issued_at,D,D+1\nA,2026-03-02,2.5,3.75\nB,2026-03-02,5,15\n")
    (problem, *_) = load(path).reading.fault_problems()
    assert "declare fractions = true" in problem.text()
