"""What is said about the package in several places is the same in all, and nothing of others is in
it without its licence."""

from __future__ import annotations

import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT / ".ci"))

import wheel_is_whole  # noqa: E402

ASSETS = PROJECT / "src" / "calloff" / "report" / "html" / "assets"


def read(name: str) -> str:
    return (PROJECT / name).read_text(encoding="utf-8")


def project() -> dict[str, Any]:
    return dict(tomllib.loads(read("pyproject.toml"))["project"])


def components() -> list[dict[str, Any]]:
    return list(json.loads(read("licenses/calloff.cdx.json.in"))["components"])


def test_the_version_is_the_same_everywhere() -> None:
    version = project()["version"]
    assert f"version: {version}\n" in read("CITATION.cff")
    assert re.search(rf"^## {re.escape(version)} - \d{{4}}-\d\d-\d\d$", read("CHANGELOG.md"), re.M)


def test_the_licences_of_all_parts_are_in_the_expression() -> None:
    named = set(project()["license"].split(" AND "))
    found = {each["license"]["id"] for part in components() for each in part["licenses"]}
    assert named == found


def test_each_part_has_its_licence_in_the_wheel() -> None:
    files = {path.name for glob in project()["license-files"] for path in PROJECT.glob(glob)}
    assert "Apache License" in read("licenses/echarts.LICENSE.txt")
    for part in components():
        name = part["name"]
        if name == "tslib":  # its notice stands in the file itself
            assert "Copyright (c) Microsoft" in (ASSETS / "echarts.min.js").read_text("utf-8")
        else:
            assert f"{name}.LICENSE.txt" in files


def test_the_list_names_the_charts_that_are_there() -> None:
    versions = {part["name"]: part.get("version") for part in components()}
    assert f"ECharts {versions['echarts']} " in (ASSETS / "echarts.txt").read_text("utf-8")
    assert f"| Apache ECharts {versions['echarts']} |" in read("licenses/README.md")


def test_extras_that_are_named_exist() -> None:
    extras = set(project()["optional-dependencies"])
    pages = [*PROJECT.glob("*.md"), *PROJECT.glob("docs/**/*.md")]
    texts = [path.read_text("utf-8") for path in pages]
    texts.append(read("src/calloff/texts/catalogue.toml"))
    named = {
        name
        for text in texts
        for found in re.findall(r"(?:calloff|\.)\[([a-z,]+)\]'", text)
        for name in found.split(",")
    }
    assert "pictures" in named
    assert named <= extras


ENGINES = {
    "cp312-abi3": "_engine.abi3.so",
    "cp311-cp311": "_engine.cpython-311-x86_64-linux-gnu.so",
}
INFO = "calloff-0.1.0.dist-info"


@pytest.mark.parametrize("tags", ENGINES)
def test_what_a_wheel_lacks_is_named(
    tags: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    source, wheel = Path("src/calloff/a.py"), tmp_path / f"calloff-0.1.0-{tags}-linux_x86_64.whl"
    for path in (source, Path("LICENSE"), Path("licenses/d3.LICENSE.txt")):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x", encoding="utf-8")
    whole = ["calloff/a.py", f"calloff/lstm/{ENGINES[tags]}", f"{INFO}/sboms/calloff.cdx.json",
             f"{INFO}/licenses/LICENSE", f"{INFO}/licenses/licenses/d3.LICENSE.txt"]  # fmt: skip
    for left_out in ["", *whole]:
        with ZipFile(wheel, "w") as archive:
            for name in whole:
                if name != left_out:
                    archive.writestr(name, "x")
        named = list(wheel_is_whole.lacking(wheel))
        assert len(named) == bool(left_out)
        assert all(left_out.startswith(name) for name in named)
