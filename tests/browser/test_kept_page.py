"""Plans dropped on the page are kept: several customers, earlier forecasts, looking only, and what
is deleted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

NEEDED = "pip install 'calloff[web,webtest,browser]'"
for needed in ("fastapi", "uvicorn", "python_multipart", "httpx", "axe_playwright_python"):
    pytest.importorskip(needed, reason=NEEDED)

import serving  # noqa: E402
from calloff.ledger.runs import runs  # noqa: E402
from calloff.store.folder import open_store  # noqa: E402
from calloff.store.load import load  # noqa: E402
from calloff.synth import bank  # noqa: E402
from pages import accessible, quiet_page  # noqa: E402


def two_customers(path: Path) -> Path:
    table = bank("daily-biased").history.table()
    names = table["part"].unique(maintain_order=True).head(4).to_list()
    own = table.filter(pl.col("part").is_in(names))
    both = [own.with_columns(customer=pl.lit(name)) for name in ("Acme", "Bolt GmbH")]
    pl.concat(both).write_csv(path)
    return path


def test_plans_are_kept_and_removed_by_actions_of_their_own(chromium: Any, tmp_path: Path) -> None:
    path, folder = two_customers(tmp_path / "export.csv"), tmp_path / "kept"
    with serving.server(folder) as address:
        context = chromium.new_context(locale="en-US")
        with quiet_page(context) as page:
            asked: list[str] = []
            page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.accept()))
            page.goto(address)
            page.set_input_files("#files", path)
            page.get_by_role("heading", name="Which customer?").wait_for()
            accessible(page)
            page.get_by_role("button", name="Bolt GmbH").click()
            page.get_by_text("Plans kept in the store (customer: Bolt GmbH)").wait_for()
            page.get_by_text("were written down on their target day or later").wait_for(
                state="detached"
            )
            page.locator("#scores table.methods").wait_for()
            accessible(page)
            store = open_store(folder / "store")
            assert [run.customer for run in runs(store)] == ["Bolt GmbH"]
            page.locator("summary", has_text="Settings").click()
            page.get_by_role("button", name="Remove these plans from the store").click()
            page.get_by_text("Removed for good").wait_for()
            assert "cannot be undone" in asked[-1]
            page.goto(f"{address}/#/")
            page.get_by_role("button", name="Delete export.csv").first.click()
            page.locator(".home tbody tr").nth(1).wait_for(state="detached")
            assert "The plans that were kept stay in the store" in asked[-1]
            assert runs(store) == []
        context.close()


def test_only_a_look_is_said_and_keeps_nothing(chromium: Any, plan: Path, tmp_path: Path) -> None:
    with serving.server(tmp_path) as address:
        context = chromium.new_context(locale="ko-KR")
        with quiet_page(context) as page:
            page.goto(address)
            page.locator("summary", has_text="설정").click()
            page.locator("select[name=keep]").select_option("false")
            page.get_by_text("파일의 계획: 보기만").wait_for()
            page.set_input_files("#files", plan)
            page.get_by_text("보기만 한 실행: 저장소에 보관되지 않았습니다.").wait_for()
            page.goto(f"{address}/#/")
            page.locator("select[name=keep]").wait_for(state="attached")
            assert page.locator("select[name=keep]").input_value() == ""  # it travels no further
        context.close()
    assert not (tmp_path / "store").exists()


def test_forecasts_of_calloff_run_are_earlier_ones_too(chromium: Any, tmp_path: Path) -> None:
    """The page over a store that somebody else fills shows what its ledger scores."""
    import sqlite3
    from contextlib import closing
    from datetime import datetime

    from calloff.daily.settings import DailySettings, SettingsFile
    from calloff.daily.work import Daily, work_day
    from calloff.store.adding import Adding

    table = bank("daily-biased").history.table()
    names = table["part"].unique(maintain_order=True).head(4).to_list()
    own = table.filter(pl.col("part").is_in(names))
    evenings = own["issued_at"].dt.date().unique().sort().to_list()
    store = tmp_path / "supply"
    settings = SettingsFile(DailySettings(lead=2, method="ratio", days=1))
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    for day in evenings[-6:-1]:
        own.filter(pl.col("issued_at").dt.date() <= day).write_csv(inbox / f"{day}.csv")
        adding = Adding(customer="Acme", arrived="issued")
        work_day(store, inbox, Daily(None, settings, adding,
                                     now=datetime.combine(day, datetime.min.time())))  # fmt: skip
    with closing(sqlite3.connect(store / "ledger.sqlite")) as data:
        assert data.execute("SELECT count(*) FROM runs").fetchone()[0] > 2
    own.filter(pl.col("issued_at").dt.date() == evenings[-1]).write_csv(tmp_path / "evening.csv")
    with serving.server(tmp_path / "kept", plans=store) as address:
        context = chromium.new_context(locale="en-US")
        with quiet_page(context) as page:
            page.goto(address)
            page.set_input_files("#files", tmp_path / "evening.csv")
            page.get_by_text("customer: Acme").wait_for()
            page.locator("#earlier tbody tr").first.wait_for()
            assert page.locator("#earlier tbody tr").count() >= 2
            assert page.locator("#earlier tbody a").count() == 0  # runs of no page
            assert page.locator("#card table").count() >= 2
            accessible(page)
        context.close()
    assert len(load(store, customer="Acme").triangle.days) == len(evenings)
