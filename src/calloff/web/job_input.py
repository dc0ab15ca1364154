"""What a job asks for, out of its folder: the plans, the settings and small tables, and the results
of these."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from calloff.data.layouts import load_layout
from calloff.data.load import Loaded, load
from calloff.data.part_tables import PartData, match_parts, read_packs, read_parts, read_stock
from calloff.data.reading.keys import Key
from calloff.planning.build import BuildSpec
from calloff.planning.computed import Computed
from calloff.planning.results import AHEAD, Results, Settings, run, source
from calloff.rolling.spec import Spec

Tell = Callable[[float, str], None]
READ = 0.4  # of the way to the list is reading
FILES = 0.9  # from here on, results are written


def results_of(
    loaded: Loaded,
    job: Mapping[str, Any],
    tell: Tell,
    first: Callable[[Results], None] | None = None,
    computed: Computed | None = None,
) -> Results:
    def progress(share: float, what: str) -> None:
        if what == "forecast":
            tell(READ + (FILES - READ) * share / AHEAD, what)
        else:
            tell((share - AHEAD) / (1 - AHEAD), "scores")

    return run(
        loaded,
        settings_of(job, loaded.triangle.parts, loaded.reading.keys),
        sources=[source(name) for name in job["files"]],
        progress=progress,
        first=first,
        computed=computed,
    )


def load_files(job: Mapping[str, Any], tell: Tell) -> Loaded:
    tell(0.0, "reading")
    loaded = load(
        *job["files"],
        layout=beside(job, "layout", load_layout),
        progress=lambda share, what: tell(READ * share, "reading"),
    )
    tell(READ, "forecast")
    return loaded


def settings_of(
    job: Mapping[str, Any], parts: Sequence[str], keys: Mapping[str, Key] | None = None
) -> Settings:
    asked = job["settings"]
    master_data(job, parts, keys)  # what is wrong in it is said before the work
    build = BuildSpec(
        service_level=asked["service_level"],
        stock=_for_parts(job, "stock", read_stock, parts, keys),
        packs=_for_parts(job, "pack", read_packs, parts, keys),
        shortage_cost=asked["shortage_cost"],
        surplus_cost=asked["surplus_cost"],
        cover=asked.get("cover", 1),
    )
    return Settings(
        spec=Spec(lead=asked["lead"]),
        as_of=asked["as_of"],
        method=asked["method"],
        days=asked["days"],
        build=build,
        tolerance=asked["tolerance"],
        exclude=tuple(asked["exclude"]),
    )


def master_data(
    job: Mapping[str, Any], parts: Sequence[str], keys: Mapping[str, Key] | None = None
) -> dict[str, PartData]:
    """What is known of the parts beside their plans."""
    return _for_parts(job, "parts", read_parts, parts, keys)


def _for_parts(
    job: Mapping[str, Any],
    name: str,
    read: Callable[[str], Any],
    parts: Sequence[str],
    keys: Mapping[str, Key] | None,
) -> dict[str, Any]:
    """A planner's table, for the parts of the input."""
    values = beside(job, name, read)
    return match_parts(values, parts, name, keys)[0] if values else {}


def beside(job: Mapping[str, Any], name: str, read: Callable[[str], Any]) -> Any:
    """What is in a small file that came with the others; it has a folder of its own."""
    if not job.get(name):
        return None
    with standing_in(Path("..") / name):
        return read(job[name])


@contextmanager
def standing_in(folder: Path) -> Any:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
