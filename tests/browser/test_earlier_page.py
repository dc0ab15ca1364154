"""Earlier forecasts on the page: own numbers beside ours and the plan, all on the same parts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

NEEDED = "pip install 'calloff[web,webtest,browser]'"
for needed in ("fastapi", "uvicorn", "python_multipart", "httpx"):
    pytest.importorskip(needed, reason=NEEDED)

import httpx  # noqa: E402

import serving  # noqa: E402
from calloff.data.load import load  # noqa: E402
from calloff.synth import Customer, make, write_export  # noqa: E402

OWN = {"Part 3": 700.0, "Part 7": 5.0}


def test_own_numbers_are_compared_with_ours_and_the_plan_on_the_same_parts(
    chromium: Any, tmp_path: Path
) -> None:
    made = tmp_path / "export.xlsx"
    write_export(make(Customer(parts=12, days=42)), made)
    triangle = load(made).triangle
    day = triangle.target_days[-1]
    with (
        serving.server(tmp_path / "kept") as address,
        httpx.Client(base_url=address, timeout=60) as client,
    ):
        asked = {"as_of": str(day - np.timedelta64(3, "D")), "method": "mean3", "keep": "false"}
        first = serving.ended(client, serving.upload(client, made, **asked)["id"])
        base = f"/api/runs/{first['id']}"
        client.put(f"{base}/overrides", json={"overrides": OWN}).raise_for_status()
        table = {
            row["part"]: row
            for row in client.get(f"{base}/forecast").json()
            if row["target"] == str(day)
        }
        second = serving.ended(
            client, serving.upload(client, made, method="mean3", keep="false")["id"]
        )
        page = chromium.new_page(locale="en-US")
        page.set_default_timeout(60_000)
        page.goto(f"{address}/#/run/{second['id']}")
        row = page.locator("#earlier tr.of-own")
        row.wait_for()
        shown = [float(text) for text in row.locator("td").all_inner_texts()]
        page.close()
    called = dict(zip(triangle.parts, triangle.called_off(day).tolist(), strict=True))
    errors = {
        name: [abs(table[part][name] - called[part]) for part in OWN]
        for name in ("plan", "forecast")
    }
    mine = [abs(pieces - called[part]) for part, pieces in OWN.items()]
    plan, forecast, own = (sum(each) / 2 for each in (*errors.values(), mine))
    wanted = [plan, forecast, forecast / plan, own, 2]
    assert shown == pytest.approx(wanted, abs=0.06)
