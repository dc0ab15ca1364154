"""Samples of public guidelines are read, or refused with the right reason. They are no part of the
project: the tests take them from the folder edi beside the real data."""

from __future__ import annotations

import pytest
from edi_files import rows, warned

from calloff.data.edi import Schedules, edi_format, read_messages
from calloff.texts.errors import CalloffError
from support import data_folder

REFUSED = {
    "delfor_d04a/vw_bosch_style_test.edi": ("edi.undated", 11),
    "delfor_d96a/oem_supplier_minimal.edi": ("edi.undated", 10),
    "delfor_d96a/volvo_cars_from_guideline_examples.edi": ("edi.undated", 19),
    "delfor_d97a/jlr_header_only_una_star.edi": ("edi.header_only", None),
    "x12_830/830_toyota_style_do_week.edi": ("edi.no_begin", 2),
}
READ = {  # lines, warnings, the first line but its part
    "delfor_d96a/forecast_order_assistant.edi": (
        1, [], ("DOCK", "2020-01-01", 1, "forecast", 100)),
    "delfor_d97a/bosal_jde_backlog_immediate.edi": (
        4, [], ("BCZB", "2016-05-20", 1, "firm", 120)),
    "delfor_d97a/bosal_ln_daily_firm.edi": (
        3, [], ("022001", "2013-11-06", 1, "backlog", 1002)),
    "deljit/deljit_d96a_assistant.edi": (1, [], ("", "2016-01-02", 1, "firm", 100)),
    "vda4905/4905_edifabric.txt": (1, [], ("03", "2012-11-15", 1, "firm", 0)),
    "vda4905/4905_edifabric_two_interchanges.txt": (
        1, ["edi.repeated"], ("03", "2012-11-15", 1, "firm", 0)),
    "vda4905/4905_vscode_two_512.txt": (
        1, ["edi.repeated"] + ["edi.records_differ"] * 4, ("030", "2012-11-15", 1, "firm", 0)),
    "x12_830/830_grocery_sdq_ranges.edi": (
        119, [], ("0091372090501", "2004-10-03", 7, "forecast", 75)),
    "x12_830/830_weekly_discrete_firm_then_forecast.edi": (
        128, [], ("000000001", "2018-06-19", 7, "firm", 0)),
    "x12_862/862_daily_replace_po_refs.edi": (
        2, [], ("CUSTOMERID", "2026-01-06", 1, "firm", 480)),
    "x12_862/862_jit_loops.edi": (
        2, ["edi.no_envelope"], ("", "2020-02-01", 1, "firm", 100)),
    "x12_862/862_jit_times.edi": (
        2, ["edi.time_for_day"] * 2, ("DOCK04", "2026-09-04", 1, "firm", 120)),
}  # fmt: skip


def sample(name: str) -> bytes:
    path = data_folder().parent / "edi" / "public" / name
    if not path.exists():
        pytest.skip(f"public samples not at hand: {path} (set CALLOFF_DATA to the data beside)")
    return path.read_bytes()


@pytest.mark.parametrize("name", READ)
def test_samples_that_are_read(name: str) -> None:
    found = read_messages(sample(name))
    count, warnings, first = READ[name]
    assert isinstance(found, Schedules) and not found.problems
    assert (len(found.lines), warned(found), rows(found)[0][1:]) == (count, warnings, first)


@pytest.mark.parametrize("name", REFUSED)
def test_samples_that_are_refused(name: str) -> None:
    content = sample(name)
    assert edi_format(content)
    with pytest.raises(CalloffError) as caught:
        read_messages(content)
    (problem,) = caught.value.problems
    assert (problem.code, problem.where.segment) == REFUSED[name]
    assert problem.where.message == 1


def test_no_sample_is_forgotten() -> None:
    folder = data_folder().parent / "edi" / "public"
    if not folder.exists():
        pytest.skip(f"public samples not at hand: {folder}")
    there = {path.relative_to(folder).as_posix() for path in folder.glob("*/*")}
    assert there == {*READ, *REFUSED}
