"""Layouts as data: what a user may declare, and every fault of a declaration at once."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from calloff import CalloffError, load_layout, read
from calloff.data.layouts import BUILT_IN, DATE, built_in, match, parse_layout
from input_files import write

GERMAN = """
name = "lab"
title = "Lieferabruf"
part = ["Sachnummer"]
issued_at = ["Abrufdatum"]
total = [{ header = "Heute", lead = 0 }, { header = "Morgen", lead = 1 }, "T+{lead}"]
slot = ["Heute * Uhr"]
bucket = ["Rest *"]
time_formats = ["%d.%m.%Y %H:%M"]
"""


def problems_of(text: str, folder: Path) -> list[str]:
    made = folder / "layout.toml"
    made.write_text(text, encoding="utf-8")
    with pytest.raises(CalloffError) as caught:
        load_layout(made)
    assert all(problem.where.file == str(made) for problem in caught.value.problems)
    assert caught.value.text("ko") != caught.value.text("en")
    return [problem.code for problem in caught.value.problems]


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_customer_s_own_layout(tmp_path: Path, mark: str) -> None:
    made = tmp_path / "lab.toml"
    made.write_text(mark + GERMAN, encoding="utf-8")
    header = ["Sachnummer", "Abrufdatum", "Heute", "Heute 8 Uhr", "Morgen", "T+2", "Rest Mai", "x"]
    table = [header, ["A", "01.10.2021 08:30", 5, 4, 6, 7, 99, "y"]]
    found = read(write(tmp_path / "plan.csv", table), layout=made)
    assert found.sheets[0].layout == "lab"
    assert found.sheets[0].buckets == ("Rest Mai",)
    assert found.sheets[0].ignored == ("x",)
    assert found.plans.leads.tolist() == [0, 1, 2]
    assert found.plans.quantity.tolist() == [[5, 6, 7]]
    assert found.plans.slots[0, 0] == 4
    assert str(found.plans.issued[0]) == "2021-10-01T08:30:00"


def test_a_long_layout_and_a_layout_as_an_object(tmp_path: Path) -> None:
    declared = 'kind="long"\npart=["p"]\nissued_at=["i"]\ntarget=["t"]\nquantity=["q"]'
    layout = parse_layout(tomllib.loads(declared), "mine.toml")
    assert (layout.name, layout.title) == ("mine", "mine")
    table = [["p", "i", "t", "q"], ["A", 20211001, 20211004, 7]]
    found = read(write(tmp_path / "plan.csv", table), layout=layout)
    assert found.plans.leads.tolist() == [0, 3]
    assert found.plans.quantity[0, 1] == 7


def test_a_given_layout_is_the_only_one(tmp_path: Path) -> None:
    made = tmp_path / "lab.toml"
    made.write_text(GERMAN, encoding="utf-8")
    plan = write(tmp_path / "plan.csv", [["part", "issued_at", "D"], ["A", 20211001, 1]])
    with pytest.raises(CalloffError, match="Sachnummer"):
        read(plan, layout=made)


def test_every_fault_of_a_layout_at_once(tmp_path: Path) -> None:
    text = """
    part = ["Part {lead}"]
    total = ["{lead} {lead}", { header = "", lead = 0 }]
    slot = []
    bucket = [{ header = "Rest", lead = true }]
    colour = "red"
    time_formats = ["%d.%m"]
    """
    assert sorted(problems_of(text, tmp_path)) == [
        "layout.missing",
        "layout.pattern",
        "layout.pattern",
        "layout.pattern",
        "layout.texts",
        "layout.time_formats",
        "layout.unknown",
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('kind = "broad"', "layout.kind"),
        ("kind = ['wide']", "layout.kind"),
        ("part = [", "layout.unreadable"),
        ("a = " + "[" * 5000, "layout.unreadable"),
        (GERMAN.replace("lead = 1", "lead = 367"), "layout.pattern"),
        (GERMAN.replace("lead = 1", "lead = 1.5"), "layout.pattern"),
        (GERMAN.replace("lead = 1", "days = 1"), "layout.pattern"),
        (GERMAN.replace('["Sachnummer"]', '"Sachnummer"'), "layout.texts"),
        (GERMAN.replace('["Sachnummer"]', '[{ header = "S", lead = 0 }]'), "layout.texts"),
        (GERMAN.replace("%d.%m.%Y %H:%M", "%d.%m.%Y %d"), "layout.time_formats"),
        (GERMAN.replace("%d.%m.%Y %H:%M", "%"), "layout.time_formats"),
        (GERMAN.replace('["%d.%m.%Y %H:%M"]', "5"), "layout.time_formats"),
    ],
)
def test_single_faults(tmp_path: Path, text: str, code: str) -> None:
    assert problems_of(text, tmp_path) == [code]


def test_layouts_that_cannot_be_opened(tmp_path: Path) -> None:
    for bad in (tmp_path / "absent.toml", tmp_path):
        with pytest.raises(CalloffError, match="layout cannot be read"):
            load_layout(bad)
    (tmp_path / "cp949.toml").write_bytes('part = ["품번"]'.encode("cp949"))
    with pytest.raises(CalloffError, match="layout cannot be read"):
        load_layout(tmp_path / "cp949.toml")


def test_the_built_in_layouts_are_sound_and_apart() -> None:
    assert [layout.name for layout in built_in()] == list(BUILT_IN)
    for layout in built_in():
        texts = [patterns[0].text for patterns in layout.patterns.values()]
        header = [text.replace(DATE, "2021-10-01") for text in texts]
        header += ["2021-10-02"] if layout.dated else []
        assert [other.name for other in built_in() if match(other, header).fits] == [layout.name]
