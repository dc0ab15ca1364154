"""Text files in any encoding: the names as they are written, or a refusal; never other signs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from calloff import CalloffError, load
from calloff.data.layouts import parse_layout
from plan_forms import Form, assert_plan, plan, separated, written

READ = [
    ("utf-8", "부품"), ("utf-8-sig", "부품"), ("utf-16", "부품"), ("utf-8", "Größe"),
    ("cp949", "부품"), ("euc-kr", "브라켓 어셈블리"), ("cp949", "㈜한국 № ±"), ("cp1252", "Größe"),
    ("latin-1", "Müller"), ("cp1252", "Preis €"), ("cp1252", "Öl °"), ("cp1252", "pièce à coûts"),
    ("cp1252", "år ö"), ("ascii", "P"), ("utf-16-le", "부품"), ("utf-16-be", "Größe"),
    ("utf-32", "부품"),
]  # fmt: skip
REFUSED = [
    ("iso8859-15", "Preis €"), ("cp1250", "Łódź śruba"), ("cp1250", "číslo"),
    ("cp1250", "Šroub č."), ("shift_jis", "部品"), ("shift_jis", "ｱｲｳ"), ("gb18030", "零件"),
    ("gb18030", "零件号数量日期"), ("big5", "零件"), ("euc-jp", "部品"), ("cp1251", "Деталь"),
    ("johab", "부품"),
    ("mac_roman", "Größe"), ("cp850", "Größe"), ("cp437", "Größe"), ("cp1254", "Şık parça"),
    ("cp1254", "kapı"), ("cp1252", "A–B"),
]  # fmt: skip


def named(prefix: str) -> object:
    return replace(plan(), parts=tuple(f"{prefix}-{number}" for number in range(1, 7)))


@pytest.mark.parametrize(("encoding", "prefix"), READ)
def test_names_are_read_as_they_are_written(tmp_path: Path, encoding: str, prefix: str) -> None:
    made = named(prefix)
    written(tmp_path, Form().tables(made), encoding=encoding)
    assert_plan(load(tmp_path).triangle, made)


@pytest.mark.parametrize(("encoding", "prefix"), REFUSED)
def test_what_could_be_other_signs_is_refused(tmp_path: Path, encoding: str, prefix: str) -> None:
    written(tmp_path, Form().tables(named(prefix)), encoding=encoding)
    with pytest.raises(CalloffError) as caught:
        load(tmp_path)
    assert caught.value.problems[0].code in ("file.encoding", "file.binary", "header.unknown")
    if caught.value.problems[0].code == "file.encoding":
        assert 'encoding = "cp1252"' in caught.value.text("en")


@pytest.mark.parametrize(("encoding", "prefix"), REFUSED)
def test_what_is_declared_is_read(tmp_path: Path, encoding: str, prefix: str) -> None:
    made = named(prefix)
    written(tmp_path, Form().tables(made), encoding=encoding)
    names = {"part": ["part"], "issued_at": ["issued_at"], "total": ["D", "D+{lead}"]}
    layout = parse_layout({**names, "encoding": encoding}, "my.toml")
    assert_plan(load(tmp_path, layout=layout).triangle, made)


def test_a_text_that_is_not_in_the_declared_encoding_is_refused(tmp_path: Path) -> None:
    written(tmp_path, Form().tables(named("Größe")), encoding="cp1252")
    names = {"part": ["part"], "issued_at": ["issued_at"], "total": ["D", "D+{lead}"]}
    with pytest.raises(CalloffError, match="not in “utf-8”"):
        load(tmp_path, layout=parse_layout({**names, "encoding": "utf-8"}, "my.toml"))


def test_one_stray_byte_in_a_text_of_utf_8_is_no_other_encoding(tmp_path: Path) -> None:
    content = separated(Form().tables(named("부품"))[0])
    (tmp_path / "plan.csv").write_bytes(content.replace("부품-3".encode(), b"\xb5-3", 1))
    with pytest.raises(CalloffError, match="encoding"):
        load(tmp_path)


def test_the_sign_of_old_programs_for_the_end_of_a_text(tmp_path: Path) -> None:
    (tmp_path / "plan.csv").write_bytes(separated(Form().tables(plan())[0]) + b"\x1a")
    assert_plan(load(tmp_path).triangle, plan())
