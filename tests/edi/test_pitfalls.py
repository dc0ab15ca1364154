"""What goes wrong with delivery schedules elsewhere: read rightly, or refused with its place."""

from __future__ import annotations

import re

import pytest
from edi_files import delfor, read, refused, rows, warned, worked, x12

DAY = ("SCC+1++D", "QTY+113:5:PCE", "DTM+2:20260303:102")


def test_the_release_says_which_status_a_quantity_has() -> None:
    status_first = ("LIN+1++A:IN", "SCC+1", "QTY+113:5", "DTM+2:20260303:102",
                    "SCC+4", "QTY+113:7", "DTM+2:20260304:102")  # fmt: skip
    assert [row[4:] for row in rows(read(delfor(*status_first)))] == [("firm", 5), ("forecast", 7)]
    assert refused(delfor(*status_first, release="96A")) == [("edi.order", 1, 5)]
    behind = ("LIN+1++A:IN", "QTY+113:5", "SCC+1", "DTM+2:20260303:102",
              "QTY+113:7", "SCC+4", "DTM+2:20260304:102")  # fmt: skip
    assert rows(read(delfor(*behind, release="96A"))) == rows(read(delfor(*status_first)))
    assert refused(delfor(*behind)) == [("edi.lone_date", 1, 7)]
    assert refused(delfor(*behind, release="ABC")) == [("edi.release", 1, 1)]


def test_authorisations_are_no_demand() -> None:
    found = read(delfor("LIN+1++A:IN", *DAY, "SCC+2++W", "QTY+113:99", "DTM+2:2021W44:ZZZ",
                        "SCC+3", "QTY+3:999", "DTM+2:20260601:102"))  # fmt: skip
    assert [row[5] for row in rows(found)] == [5]
    assert warned(found) == ["edi.authorisation", "edi.authorisation"]


def test_a_status_that_is_not_known_is_a_forecast_with_a_warning() -> None:
    found = read(delfor("LIN+1++A:IN", "SCC+7", "QTY+113:5", "DTM+2:20260303:102"))
    assert rows(found) == [("A", "", "2026-03-03", 1, "forecast", 5)]
    assert warned(found) == ["edi.status"]
    assert warned(read(delfor("LIN+1++A:IN", "QTY+113:5", "DTM+2:20260303:102"))) == [
        "edi.no_status"
    ]


def test_calls_are_firm_unless_they_say_otherwise() -> None:
    call = ("LIN+1++A:IN", "QTY+1:5", "DTM+2:202603030930:203")
    found = read(delfor(*call, kind="DELJIT"))
    assert rows(found) == [("A", "", "2026-03-03", 1, "firm", 5)] and not warned(found)


def test_overdue_is_no_plan() -> None:
    found = read(delfor("LIN+1++A:IN", "SCC+1", "QTY+113:5", "DTM+2:20260301:102",
                        "SCC+1", "QTY+113:6", "DTM+2:20260302:102",
                        "SCC+1++W", "QTY+113:7", "DTM+2:202609:616",
                        "SCC+4", "QTY+113:8", "DTM+2:20260228:102"))  # fmt: skip
    assert [row[4] for row in rows(found)] == ["backlog", "firm", "backlog", "forecast"]
    assert warned(found) == ["edi.past"]


@pytest.mark.parametrize(
    ("code", "date", "target", "days"),
    [
        ("", "20260303:102", "2026-03-03", 1),
        ("Y", "260303:101", "2026-03-03", 1),
        ("", "990103:101", "1999-01-03", 1),
        ("", "690103:101", "2069-01-03", 1),
        ("", "700103:101", "1970-01-03", 1),
        ("W", "20260305:102", "2026-03-05", 7),
        ("W", "20260302-20260306:718", "2026-03-02", 7),
        ("W", "20260302-20260315:718", "2026-03-02", 14),
        ("D", "202611:616", "2026-03-09", 7),
        ("", "2611:615", "2026-03-09", 7),
        ("M", "20260201:102", "2026-02-01", 28),
        ("M", "202602:610", "2026-02-01", 28),
        ("", "202603032400:203", "2026-03-03", 1),
        ("", "20260303-20260310:718", "2026-03-03", 8),
        ("F", "20260303-20260310:711", "2026-03-03", 8),
        ("", "202653-202702:716", "2026-12-28", 21),
        ("", "202603031530Z01:303", "2026-03-03", 1),
    ],
)
def test_buckets(code: str, date: str, target: str, days: int) -> None:
    found = read(delfor("LIN+1++A:IN", f"SCC+4++{code}", "QTY+113:5", f"DTM+2:{date}"))
    assert rows(found) == [("A", "", target, days, "forecast", 5)]


@pytest.mark.parametrize(
    ("code", "date", "fault", "segment"),
    [
        ("", "20260230:102", "edi.date", 7),
        ("", "0930:102", "edi.date", 7),
        ("", "202654:616", "edi.date", 7),
        ("", "260303:", "edi.date", 7),
        ("", "20260303:999", "edi.date", 7),
        ("", "99991231:102", "edi.date", 7),
        ("", "20260310-20260303:718", "edi.date", 7),
        ("B", "20260303:102", "edi.bucket", 6),
        ("F", "20260303:102", "edi.bucket", 6),
    ],
)
def test_dates_that_are_none(code: str, date: str, fault: str, segment: int) -> None:
    message = delfor("LIN+1++A:IN", f"SCC+4++{code}", "QTY+113:5", f"DTM+2:{date}")
    assert refused(message) == [(fault, 1, segment)]


def test_delivery_goes_before_shipment() -> None:
    both = read(delfor("LIN+1++A:IN", "SCC+1", "QTY+113:5", "DTM+10:20260303:102",
                       "DTM+2:20260305:102"))  # fmt: skip
    assert rows(both)[0][2] == "2026-03-05" and not warned(both)
    shipped = read(delfor("LIN+1++A:IN", "SCC+1", "QTY+113:5", "DTM+10:20260303:102"))
    assert rows(shipped)[0][2] == "2026-03-03" and warned(shipped) == ["edi.shipping"]


@pytest.mark.parametrize(
    ("una", "text", "value"),
    [
        ("UNA:+,? '", "12,5", 12.5),
        ("UNA:+.? '", "12.5", 12.5),
        ("UNA:+.? '", "12,5", 12.5),
        ("UNA:+,? '", "1234,125", 1234.125),
        ("UNA:+.? '", "1,234", None),
        ("UNA:+,? '", "1.234", None),
        ("UNA:+.? '", "1e3", None),
        ("UNA:+.? '", "nan", None),
        ("UNA:+.? '", "9" * 400, None),
        ("UNA:+.? '", "１２", None),
        ("UNA:+.? '", "", None),
    ],
)
def test_decimal_marks(una: str, text: str, value: float | None) -> None:
    message = una + delfor("LIN+1++A:IN", "SCC+1", f"QTY+113:{text}", "DTM+2:20260303:102")
    message = message.encode().decode("latin-1")
    if value is None:
        assert refused(message) == [("edi.number", 1, 6)]
    else:
        assert rows(read(message))[0][5] == value


def test_escapes_and_other_separators() -> None:
    message = delfor("LIN+1++A?+1?:2?'3??:IN", "FTX+?'", *DAY)
    assert rows(read(message))[0][0] == "A+1:2'3?"
    other = delfor("LIN+1++A:IN", *DAY).translate(str.maketrans(":+'", "|*~"))
    assert rows(read("UNA|*.? ~" + other)) == [("A", "", "2026-03-03", 1, "firm", 5)]
    assert refused("UNA::.? 'UNB" + other) == [("edi.separators", None, None)]


def test_plants_are_part_of_the_key() -> None:
    group = read(delfor("NAD+ST+P0::92", "GIS+37", "NAD+ST+P1::92", "LIN+1++A:IN", *DAY,
                        "GIS+37", "LIN+1++A:IN", *DAY, "NAD+ST+P2", "LIN+2++B:IN", *DAY,
                        "LIN+3++C:IN", "NAD+DP+P3", *DAY, "LIN+4++D:IN", *DAY))  # fmt: skip
    assert [row[:2] for row in rows(group)] == [
        ("A", "P1"), ("A", "P0"), ("B", "P2"), ("C", "P3"), ("D", "P2")]  # fmt: skip
    two = read(delfor("LIN+1++A:IN", "NAD+ST+P1", *DAY, "NAD+DP+P2", *DAY))
    assert [row[1] for row in rows(two)] == ["P1", "P2"]
    place = read(delfor("LIN+1++A:IN", "LOC+159+L", "LOC+11+G", *DAY))
    assert rows(place)[0][1] == "G"


def test_numbers_of_the_customer_go_before_those_of_the_supplier() -> None:
    assert rows(read(delfor("LIN+1++S1:SA", "PIA+1+X:EN+A1:IN", *DAY)))[0][0] == "A1"
    assert rows(read(delfor("LIN+1++A1:IN", "PIA+1+S1:SA+A2:BP", *DAY)))[0][0] == "A1"
    assert refused(delfor("LIN+1", *DAY)) == [("edi.no_part", 1, 4)]


def test_changes_and_cancellations_are_refused_and_others_are_read() -> None:
    for function in ("1", "3", "4"):
        assert refused(delfor("LIN+1++A:IN", *DAY, function=function)) == [("edi.change", 1, 2)]
    assert refused(delfor("GIS+36", "LIN+1++A:IN", *DAY)) == [("edi.change", 1, 4)]
    sound, change = delfor("LIN+1++A:IN", *DAY), delfor("LIN+1++B:IN", *DAY, function="4")
    found = read(sound + change + delfor("LIN+1++C:IN", *DAY))
    assert [row[0] for row in rows(found)] == ["A", "C"]
    assert [(p.code, p.where.message) for p in found.problems] == [("edi.change", 2)]
    assert found.problems[0].text().startswith("message 2, segment 2: this is a change")
    assert found.problems[0].text("ko").startswith("메시지 2, 세그먼트 2: ")


def test_what_makes_no_schedule() -> None:
    assert refused(delfor()) == [("edi.header_only", 1, None)]
    assert refused(delfor("LIN+1++A:IN")) == [("edi.no_quantity", 1, None)]
    assert refused(delfor("LIN+1++A:IN", "QTY+1:5")) == [("edi.undated", 1, 5)]
    assert refused(delfor(*DAY)) == [("edi.no_item", 1, 5)]
    assert refused(delfor("LIN+1++A:IN", *DAY, kind="DESADV")) == [("edi.type", 1, 1)]
    lone = delfor("LIN+1++A:IN", *DAY, "SCC+1", "DTM+2:20260304:102")
    assert refused(lone) == [("edi.lone_date", 1, 9)]
    twice = delfor("LIN+1++A:IN", *DAY, "DTM+2:20260304:102")
    assert refused(twice) == [("edi.two_dates", 1, 8)]
    cut = delfor("LIN+1++A:IN", *DAY)
    assert refused(cut[: cut.index("UNT")]) == [("edi.cut", 1, 7)]
    assert refused(cut.replace("BGM+241+1+5'", "")) == [("edi.no_begin", 1, None)]
    assert refused(cut.replace("UNH+1+DELFOR:D:97A:UN'", "")) == [("edi.no_header", 1, None)]


def test_counts_that_disagree_are_a_warning() -> None:
    sound = delfor("LIN+1++A:IN", *DAY)
    assert warned(read(sound)) == []
    assert warned(read(sound.replace("UNT+8", "UNT+9"))) == ["edi.count_differs"]
    assert warned(read(sound.replace("UNZ+1", "UNZ+2"))) == ["edi.messages_differ"]
    assert warned(read(sound.replace("UNZ+1+1'", ""))) == ["edi.no_trailer"]
    assert warned(read(worked("x862").replace("SE*12", "SE*11"))) == ["edi.count_differs"]
    assert warned(read(worked("x862").replace("CTT*1*200", "CTT*1*201"))) == ["edi.count_differs"]
    vda = worked("vda4905").replace("5190100000010000001", "5190100000010000002")
    assert warned(read(vda)) == ["edi.records_differ"]


def test_a_message_that_is_there_twice_counts_once() -> None:
    sound = delfor("LIN+1++A:IN", *DAY)
    found = read(sound + sound)
    assert len(found.lines) == 1 and warned(found) == ["edi.repeated"]
    other = sound.replace("BGM+241+1", "BGM+241+2")
    assert len(read(sound + other).lines) == 2


def test_cumulative_quantities_become_differences() -> None:
    def message(*running: int, received: str = "QTY+70:1000") -> str:
        lines = [
            segment
            for day, total in enumerate(running, start=3)
            for segment in ("SCC+1", f"QTY+3:{total}", f"DTM+2:202603{day:02d}:102")
        ]
        return delfor("LIN+1++A:IN", *([received] if received else []), *lines)

    found = read(message(1100, 1100, 1250))
    assert [row[5] for row in rows(found)] == [100, 0, 150]
    falling = read(message(1100, 1050, 1250))
    assert [row[2:] for row in rows(falling)] == [
        ("2026-03-03", 1, "firm", 100), ("2026-03-05", 1, "firm", 150)]  # fmt: skip
    assert warned(falling) == ["edi.falling"]
    assert [row[5] for row in rows(read(message(1100, 1050, 1100)))] == [100, 0]
    unknown = read(message(1100, 1250, received=""))
    assert [row[5] for row in rows(unknown)] == [150]
    assert warned(unknown) == ["edi.no_received"]


def test_what_is_owed_is_in_a_cumulative_quantity_and_not_in_what_was_received() -> None:
    lines = ("QTY+70:1000", "QTY+83:30", "SCC+1", "QTY+3:1100", "DTM+2:20260303:102")
    found = read(delfor("LIN+1++A:IN", *lines))
    assert [row[4:] for row in rows(found)] == [("backlog", 30), ("firm", 70)]
    other = ("NAD+ST+P2", "QTY+70:500", "SCC+1", "QTY+3:600", "DTM+2:20260303:102")
    both = read(delfor("LIN+1++A:IN", "NAD+ST+P1", *lines, *other))
    assert [(row[1], row[5]) for row in rows(both)] == [("P1", 30), ("P1", 70), ("P2", 100)]


def test_cumulative_quantities_count_in_the_order_of_their_days() -> None:
    later = ("SCC+1", "QTY+3:1250", "DTM+2:20260305:102")
    sooner = ("SCC+1", "QTY+3:1100", "DTM+2:20260303:102")
    found = read(delfor("LIN+1++A:IN", "QTY+70:1000", *later, *sooner))
    assert sorted(row[2:] for row in rows(found)) == [
        ("2026-03-03", 1, "firm", 100), ("2026-03-05", 1, "firm", 150)]  # fmt: skip
    assert not warned(found)


def test_a_discrete_and_a_cumulative_quantity_of_a_day_are_one() -> None:
    lines = ("LIN+1++A:IN", "QTY+70:100", *DAY, "SCC+1", "QTY+3:105", "DTM+2:20260303:102")
    assert [row[5] for row in rows(read(delfor(*lines)))] == [5]
    beside = read(delfor(*lines, "SCC+4", "QTY+3:205", "DTM+2:20260310:102"))
    assert [row[5] for row in rows(beside)] == [5]
    assert warned(beside) == ["edi.cumulative_beside"]


def test_negative_quantities_are_set_aside() -> None:
    lines = ("LIN+1++A:IN", *DAY, "SCC+1", "QTY+113:-3", "DTM+2:20260304:102")
    found = read(delfor(*lines))
    assert [row[5] for row in rows(found)] == [5] and warned(found) == ["edi.negative"]


def test_the_interchange_says_when_where_the_message_does_not() -> None:
    message = delfor("LIN+1++A:IN", *DAY).replace("DTM+137:20260302:102'", "")
    (row,) = read(message).lines.rows(named=True)
    assert str(row["issued_at"]) == "2026-03-02 05:45:00" and row["has_time"]
    assert refused(message.replace("260302:0545", "")) == [("edi.not_issued", 1, None)]


BFR = "BFR*05**R1*DL*A*20260302*20260531*20260302"


def test_x12_parts_plants_and_split_quantities() -> None:
    found = read(x12(BFR, "N1*ST**92*P0", "LIN**IN*I1*VP*V1", "FST*4*C*D*20260303",
                     "LIN**BP*B1*IN*I1", "N1*ST**92*P1", "FST*5*C*D*20260303",
                     "LIN**BP*C1", "FST*9*D*W*20260309", "SDQ*EA*92*P2*3*P3*6"))  # fmt: skip
    assert [(row[0], row[1], row[5]) for row in rows(found)] == [
        ("I1", "P0", 4), ("B1", "P1", 5), ("C1", "P2", 3), ("C1", "P3", 6)]  # fmt: skip
    behind = x12(BFR, "LIN**BP*A", "FST*9*D*W*20260309", "N1*ST**92*P1")
    assert rows(read(behind))[0][1] == "P1"
    assert read(behind).lines["customer"].to_list() == ["CUST"]
    named = x12(BFR, "N1*BY**92*C1", "LIN**BP*A", "FST*9*D*W*20260309")
    assert read(named).lines["customer"].to_list() == ["C1"]
    comma = x12(BFR, "LIN**BP*A", "FST*9,5*D*W*20260309")
    assert refused(comma) == [("edi.number", 1, 4)]
    uneven = x12(BFR, "LIN**BP*C1", "FST*9*D*W*20260309", "SDQ*EA*92*P2*3")
    assert warned(read(uneven)) == ["edi.sum_differs"]


def test_x12_cumulative_quantities_count_from_what_was_required_before() -> None:
    lines = ("LIN**BP*A", "ATH*PQ*20260301*900", "FST*950*C*D*20260303", "FST*990*C*D*20260304")
    found = read(x12(BFR.replace("*DL*A*", "*DL*C*"), *lines))
    assert [row[5] for row in rows(found)] == [50, 40]
    assert refused(x12(BFR.replace("*DL*A*", "*DL*Q*"), *lines)) == [("edi.quantities", 1, 2)]


@pytest.mark.parametrize(
    ("received", "day"),
    [("SHP*02*900*051*20260101**20260226", 26), ("SHP*02*900*051*20260101", 27)],
)
def test_x12_receipts_are_of_their_own_day_or_else_of_the_last_one(received: str, day: int) -> None:
    end = ("SHP*01*40*050*20260227", "FST*5*D*D*20260303")
    found = read(x12(BFR, "LIN**BP*A", received, *end))
    assert [str(each) for each in found.receipts["day"]] == [f"2026-02-{day}"]


def test_x12_buckets_and_faults() -> None:
    def message(*end: str, first: str = BFR) -> str:
        return x12(first, "LIN**BP*A", "*".join(["FST*5*D", *end]))

    assert rows(read(message("X", "20260301", "20260307")))[0][2:4] == ("2026-03-01", 7)
    assert rows(read(message("W", "20260615", "20260619")))[0][2:4] == ("2026-06-15", 7)
    timed = read(message("D", "20260303", "0930"))
    assert rows(timed)[0][2] == "2026-03-03" and warned(timed) == ["edi.time_for_day"]
    until = read(message("D", "20260303", "20260305"))
    assert rows(until)[0][2:4] == ("2026-03-03", 1) and not warned(until)
    assert refused(message("F", "20260303", "0930")) == [("edi.date", 1, 4)]
    assert refused(message("F", "20260303")) == [("edi.bucket", 1, 4)]
    assert refused(message("D")) == [("edi.undated", 1, 4)]
    assert refused(message("D", "20260303", first=BFR.replace("05", "04"))) == [
        ("edi.change", 1, 2)
    ]
    assert refused(message("D", "20260303", first="REF*X")) == [("edi.no_begin", 1, 3)]
    bare = message("D", "20260303")
    bare = bare[bare.index("~ST*") + 1 : bare.index("GE*")]
    assert warned(read(bare)) == ["edi.no_envelope"]
    assert refused(bare[: bare.index("SE*")]) == [("edi.cut", 1, 4)]


def vda(*pairs: str, more: str = "", trailer: bool = True) -> str:
    """A schedule of these pairs in record 513, or 514 for ``more``."""
    records = [
        "51102CUST     SUPP     0002200023990103990101",
        "51201010188      990103187      981223A".ljust(103) + "ST",
        "51301990102432701        0000003460000000019427" + "".join(pairs),
        *([f"51401{more}"] if more else []),
        *(["51901"] if trailer else []),
    ]
    return "".join(record.ljust(128) for record in records)


def test_vda_years_weeks_and_months() -> None:
    found = read(vda("990104000000005", "555555000000000", more="990203000000007"
                     "995202000000008" "990500000000009" "000000"))  # fmt: skip
    assert [row[2:] for row in rows(found)] == [
        ("1999-01-04", 1, "firm", 5), ("1999-01-11", 14, "forecast", 7),
        ("1999-12-27", 21, "forecast", 8), ("1999-05-01", 31, "forecast", 9)]  # fmt: skip
    assert str(found.receipts["day"][0]) == "1999-01-02"
    assert refused(vda("555555000000000", "990099000000007")) == [("edi.date", 1, 3)]
    assert refused(vda("991301000000007")) == [("edi.date", 1, 3)]
    assert rows(read(vda("990104     0005")))[0][5] == 5
    assert refused(vda("990104-00000005")) == [("edi.number", 1, 3)]
    assert refused(vda("990104000000005", "000000", "990105000000005")) == [("edi.structure", 1, 3)]
    assert refused(vda("99010400000")) == [("edi.number", 1, 3)]


def test_vda_codes() -> None:
    codes = read(vda("222222000000000", "333333000000004", "999999000000005", "000000"))
    assert rows(codes) == [("A", "010", "1999-01-03", 1, "backlog", 4)]
    assert refused(vda("222222000000001")) == [("edi.structure", 1, 3)]


def test_vda_without_its_end() -> None:
    ended = vda("990104000000005", "000000", trailer=False)
    assert len(read(ended).lines) == 1 and warned(read(ended)) == ["edi.no_trailer"]
    full = vda(*["990104000000005"] * 5, trailer=False)
    assert refused(full) == [("edi.cut", 1, 3)]


def test_vda_other_records_and_texts() -> None:
    sound = vda("990104000000005", "000000")
    text = "51801Geh\x84use \xe4".ljust(128)  # code page 437 and Latin-1
    at = sound.index("51901")
    assert len(read(sound[:at] + text + sound[at:]).lines) == 1
    stripped = "\n".join(line.rstrip() for line in (sound[i : i + 128] for i in range(0, 512, 128)))
    assert rows(read(stripped)) == rows(read(sound))
    assert refused(sound[:at] + "X" * 128 + sound[at:]) == [("edi.record", 1, 4)]


def test_idoc_without_entities_and_depth() -> None:
    text = worked("idoc")
    bomb = text.replace("?>", '?><!DOCTYPE DELFOR02 [<!ENTITY a "b">]>', 1)
    assert refused(bomb) == [("edi.entities", None, None)]
    assert refused(text[: text.index("<E1EDP16")] + "<A>" * 100_000) == [("edi.deep", None, None)]
    assert refused(text[:900])[0][0] == "edi.xml"
    old = read(text.replace("<BSTDK>20260302", "<BSTDK>20250302"))
    assert str(old.lines["issued_at"][0]) == "2026-03-02 05:45:00"
    assert warned(old) == ["edi.old_order"]
    assert refused(text.replace("<PRGRS>W", "<PRGRS>Z"))[0][0] == "edi.bucket"
    other = text.replace("<IDOCTYP>DELFOR02", "<IDOCTYP>ORDERS05")
    assert refused(other) == [("edi.type", 1, 1)]
    assert refused(text.replace("<WMENG>100.000</WMENG>", "")) == [("edi.number", 1, 6)]
    running = re.sub("<WMENG>.*?</WMENG>", "", text)
    assert rows(read(running)) == rows(read(text))


def test_many_problems_are_counted_and_not_all_listed() -> None:
    sound, change = delfor("LIN+1++A:IN", *DAY), delfor("LIN+1++A:IN", *DAY, function="4")
    found = read(change * 25 + sound)
    assert len(found.lines) == 1
    assert [p.code for p in found.problems] == ["edi.change"] * 20 + ["edi.more"]
    assert found.problems[-1].facts["count"] == 5
    assert found.problems[-1].text() == "... and 5 more of this kind (edi.change)"
    hopeless = read(sound + change * 5001 + delfor("LIN+1++B:IN", *DAY))
    assert [row[0] for row in rows(hopeless)] == ["A"]
    assert hopeless.problems[0].code == "edi.too_many"
