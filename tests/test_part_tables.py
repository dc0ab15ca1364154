"""A planner's own tables: stock and packs, and everything that is wrong in them at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from calloff.data.part_tables import (
    Pack,
    PartData,
    Stock,
    match_parts,
    read_packs,
    read_parts,
    read_stock,
)
from calloff.data.reading.keys import Key
from calloff.data.reading.shipments import read_shipments
from calloff.texts.errors import CalloffError


def save(tmp_path: Path, content: str) -> Path:
    (tmp_path / "table.csv").write_text(content, encoding="utf-8")
    return tmp_path / "table.csv"


def test_stock(tmp_path: Path) -> None:
    found = read_stock(save(tmp_path, "Part,On hand\nA,5\nB,0\n,\n"))
    assert found == {"A": Stock(5), "B": Stock(0)}
    assert read_stock(save(tmp_path, "품번;재고\nA;5\n")) == {"A": Stock(5)}


def test_half_a_piece_is_refused_and_a_layout_would_not_help(tmp_path: Path) -> None:
    with pytest.raises(CalloffError, match=r"“2\.5” is no whole number of pieces$"):
        read_stock(save(tmp_path, "Part,On hand\nA,2.5\n"))


@pytest.mark.parametrize(
    "heads",
    [
        "part,stock,on order,safety stock",
        "품번,현재고,발주 잔량,안전재고",
        "Teilenummer,Bestand,Bestellt,Sicherheitsbestand",
    ],
)
def test_stock_on_order_and_safety_stock(tmp_path: Path, heads: str) -> None:
    found = read_stock(save(tmp_path, f"{heads}\nA,5,7,2\nB,0,,\n"))
    assert found == {"A": Stock(5, 7, 2), "B": Stock(0, 0, 0)}
    with pytest.raises(CalloffError) as caught:
        read_stock(save(tmp_path, f"{heads}\nA,5,-7,x\n"))
    assert [each.code for each in caught.value.problems] == ["cell.negative", "cell.text"]


def test_packs(tmp_path: Path) -> None:
    path = save(tmp_path, "part,pack,minimum\nA,24,48\nB,6,\n")
    assert read_packs(path) == {"A": Pack(24, 48), "B": Pack(6, 0)}
    assert read_packs(save(tmp_path, "part,pack\nA,24\n")) == {"A": Pack(24, 0)}


def test_everything_wrong_is_said_at_once(tmp_path: Path) -> None:
    path = save(tmp_path, "part,stock\nA,5\nA,6\n,7\nB,-1\nC,lots\n")
    with pytest.raises(CalloffError) as caught:
        read_stock(path)
    codes = [problem.code for problem in caught.value.problems]
    assert codes == ["table.part_again", "cell.part_blank", "cell.negative", "cell.text"]
    assert "row 5" in caught.value.problems[2].text()
    assert "stock" in caught.value.problems[2].text()


@pytest.mark.parametrize(
    ("content", "code"),
    [("part,x\nA,1\n", "table.columns"), ("stock\n1\n", "table.columns"), ("", "file.empty")],
)
def test_unusable_tables(tmp_path: Path, content: str, code: str) -> None:
    with pytest.raises(CalloffError) as caught:
        read_stock(save(tmp_path, content))
    assert caught.value.problems[0].code == code


def test_a_table_of_many_columns_is_told_by_the_first(tmp_path: Path) -> None:
    names = ["Part Number", *(f"D+{lead}" for lead in range(99))]
    for read in (read_stock, read_shipments):
        with pytest.raises(CalloffError) as caught:
            read(save(tmp_path, ",".join(names) + "\n"))
        (problem,) = caught.value.problems
        assert problem.code == "table.columns"
        assert problem.facts["found"] == "Part Number, D+0, D+1, D+2, D+3, D+4, D+5, D+6, ... (100)"


@pytest.mark.parametrize("read", [read_stock, read_packs, read_shipments])
def test_a_folder_is_no_table(tmp_path: Path, read: Callable[[Path], object]) -> None:
    with pytest.raises(CalloffError) as caught:
        read(tmp_path)
    assert [problem.code for problem in caught.value.problems] == ["file.folder"]


def test_a_pack_of_nothing(tmp_path: Path) -> None:
    with pytest.raises(CalloffError) as caught:
        read_packs(save(tmp_path, "part,pack\nA,0\nB,3\n"))
    assert [problem.code for problem in caught.value.problems] == ["table.pack_zero"]


def test_names_of_a_table_are_found_among_the_parts_of_an_input() -> None:
    parts = ["A @ K1", "A @ K2", "B", "C @ K1"]
    found, unknown = match_parts({"A @ K2": 1.0, "B": 2.0, "C": 3.0, "b": 4.0}, parts, "t.csv")
    assert found == {"A @ K2": 1.0, "B": 2.0, "C @ K1": 3.0}
    assert unknown == ("b",)
    for values, code in (({"A": 1.0}, "table.several"), ({"b": 1.0}, "table.no_match")):
        with pytest.raises(CalloffError) as caught:
            match_parts(values, parts, "t.csv")
        assert [problem.code for problem in caught.value.problems] == [code]


def book(tmp_path: Path, hidden: str = "", **sheets: list[list[object]]) -> Path:
    made = openpyxl.Workbook()
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
        sheet.sheet_state = "hidden" if name == hidden else "visible"
    made.remove(made.worksheets[0])
    made.active = 1 if hidden else 0
    made.save(tmp_path / "table.xlsx")
    return tmp_path / "table.xlsx"


def codes(read: Callable[[Path], object], path: Path) -> list[str]:
    with pytest.raises(CalloffError) as caught:
        read(path)
    return [problem.code for problem in caught.value.problems]


def test_a_hidden_sheet_before_the_one_that_is_seen(tmp_path: Path) -> None:
    """Such as the stock of last week, kept by the planner."""
    rows: list[list[list[object]]] = [[["part", "stock"], ["A", pieces]] for pieces in (99, 5)]
    assert read_stock(book(tmp_path, "old", old=rows[0], now=rows[1])) == {"A": Stock(5)}
    rows = [[["part", "day", "qty"], ["A", "2024-04-22", pieces]] for pieces in (99, 5)]
    found = read_shipments(book(tmp_path, "old", old=rows[0], now=rows[1]))
    assert list(found.values()) == [5]
    empty: list[list[object]] = []
    assert codes(read_shipments, book(tmp_path, "old", old=rows[0], now=empty)) == [
        "table.only_hidden"
    ]


def test_all_hidden_sheets_are_named(tmp_path: Path) -> None:
    made = openpyxl.load_workbook(
        book(tmp_path, "June", June=[["part", "stock"], ["A", 5]], now=[])
    )
    made.copy_worksheet(made["June"]).sheet_state = "veryHidden"
    made.save(tmp_path / "table.xlsx")
    with pytest.raises(CalloffError, match="hidden: June, June Copy;"):
        read_stock(tmp_path / "table.xlsx")


def test_formulas_that_were_never_calculated(tmp_path: Path) -> None:
    """What may be blank was 0."""
    rows: list[list[object]] = [["part", "stock", "on order", "note"], ["A", 5, "=3+4", 1]]
    assert codes(read_stock, book(tmp_path, now=rows)) == ["file.uncalculated"]
    rows[1] = ["A", 5, 7, "=1+1"]
    assert read_stock(book(tmp_path, now=rows)) == {"A": Stock(5, 7)}
    rows = [["part", "day", "qty", "plant"], ["A", "2024-04-22", 5, '="K"&1']]
    assert codes(read_shipments, book(tmp_path, now=rows)) == ["file.uncalculated"]


@pytest.mark.parametrize(
    ("read", "content"),
    [
        (read_stock, "part,stock,Stock\nA,5,7\n"),
        (read_stock, "part,stock,on order,in transit\nA,5,10,7\n"),
        (read_packs, "part,part,pack\nA,B,7\n"),
        (read_parts, "part,price,Unit price\nA,5,7\n"),
    ],
)
def test_columns_of_one_meaning(
    read: Callable[[Path], object], content: str, tmp_path: Path
) -> None:
    """The first of them counted."""
    assert codes(read, save(tmp_path, content)) == ["table.columns_alike"]


def test_columns_of_one_meaning_are_told_as_they_are_headed(tmp_path: Path) -> None:
    with pytest.raises(CalloffError, match=r"stock, Stock \(pcs\);"):
        read_stock(save(tmp_path, "part,stock,Stock (pcs)\nA,5,7\n"))


def test_each_meaning_that_has_several_columns_is_told_by_itself(tmp_path: Path) -> None:
    with pytest.raises(CalloffError) as caught:
        read_stock(save(tmp_path, "part,stock,on order,Stock (pcs),in transit\nA,5,1,7,2\n"))
    names = [problem.facts["names"] for problem in caught.value.problems]
    assert names == ["stock, Stock (pcs)", "on order, in transit"]


def test_heads_with_the_unit_of_pieces(tmp_path: Path) -> None:
    """What may be left out was 0."""
    content = "part,quantity,Stock (pcs),on order [Stk.],safety stock (EA)\nA,2,5,7,3\n"
    assert read_stock(save(tmp_path, content)) == {"A": Stock(5, 7, 3)}
    assert read_parts(save(tmp_path, "part,item,name,description\nA,x,y,z\n")) == {
        "A": PartData("y")
    }


KEYS = {"A": Key("A", "K1"), "C @ K1": Key("C", "K1", "North")}


@pytest.mark.parametrize(
    ("values", "parts", "keys", "found", "unknown"),
    [
        ({"A @ K9": 7.0, "B": 2.0}, ["A @ K1", "B"], None, {"B": 2.0}, ("A @ K9",)),
        ({"A @ k1": 7.0}, ["A @ North / K1"], None, {"A @ North / K1": 7.0}, ()),
        ({"A @ K1": 5.0, "A @ K2": 7.0}, ["A"], KEYS, {"A": 5.0}, ("A @ K2",)),
        ({"A @ K1": 5.0, "A @ K2": 5.0}, ["A"], None, {"A": 5.0}, ()),
        ({"A @ K9": 7.0, "A": 2.0}, ["A"], KEYS, {"A": 2.0}, ("A @ K9",)),
    ],
)
def test_what_is_of_another_plant_is_not_of_this_one(
    values: dict[str, float],
    parts: list[str],
    keys: dict[str, Key] | None,
    found: dict[str, float],
    unknown: tuple[str, ...],
) -> None:
    """Also where the plans are of one plant only, so that their parts are named without it."""
    assert match_parts(values, parts, "t.csv", keys) == (found, unknown)


@pytest.mark.parametrize(
    ("values", "parts"),
    [
        ({"A @ K1": 5.0, "A @ K2": 7.0}, ["A"]),
        ({"A": 1.0, "A @ K2": 2.0}, ["A @ K2", "B"]),
    ],
)
def test_two_names_of_one_part_with_different_values(
    values: dict[str, float], parts: list[str]
) -> None:
    with pytest.raises(CalloffError) as caught:
        match_parts(values, parts, "t.csv")
    assert [problem.code for problem in caught.value.problems] == ["table.both"]
    assert all(f"“{name}”" in caught.value.problems[0].text() for name in values)


@pytest.mark.parametrize(
    "heads",
    [
        "part,name,group,price",
        "품번,품명,제품군,단가",
        "Teilenummer,Bezeichnung,Produktgruppe,Preis",
    ],
)
def test_master_data(tmp_path: Path, heads: str) -> None:
    path = save(tmp_path, f"{heads}\nA,Seal,Body,2.50\nB,,,\n")
    assert read_parts(path) == {"A": PartData("Seal", "Body", 2.5), "B": PartData()}
    with pytest.raises(CalloffError) as caught:
        read_parts(save(tmp_path, f"{heads}\nA,x,y,-1\nB,x,y,dear\nB,,,\n"))
    codes = [problem.code for problem in caught.value.problems]
    assert codes == ["cell.negative", "cell.text", "table.part_again"]


def test_master_data_without_anything_to_know(tmp_path: Path) -> None:
    with pytest.raises(CalloffError) as caught:
        read_parts(save(tmp_path, "part,colour\nA,red\n"))
    assert "name / group / price" in caught.value.problems[0].text()
    assert read_parts(save(tmp_path, "part,price\nA,3\n")) == {"A": PartData(price=3)}


def test_a_plant_beside_a_part_makes_its_key(tmp_path: Path) -> None:
    made = tmp_path / "stock.csv"
    made.write_text("part,Werk,stock\nA,K1,5\nA,K2,7\n")
    assert read_stock(made) == {"A @ K1": Stock(5), "A @ K2": Stock(7)}
