"""Holds that a wheel has every file of the package but the engine's sources, the engine itself, the
licences of all that is in it, and the list of it (PEP 770).

python .ci/wheel_is_whole.py WHEEL, in the project's folder
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

SOURCES = Path("src")
NOT_PACKED = {"__pycache__", "cpp"}


def lacking(wheel: Path) -> Iterator[str]:
    """What is in the sources and not, to the byte, in the wheel."""
    with ZipFile(wheel) as archive:
        packed = {name: archive.read(name) for name in archive.namelist()}
    files = [path for path in SOURCES.rglob("*") if path.is_file() and path.suffix != ".so"]
    wanted = {path for path in files if not NOT_PACKED & set(path.parts)}
    if not wanted:
        raise SystemExit(f"no package in {SOURCES.absolute()}")
    for path in sorted(wanted):
        name = path.relative_to(SOURCES).as_posix()
        if packed.get(name) != path.read_bytes():
            yield name
    stable = "-abi3-" in wheel.name
    engine = "calloff/lstm/_engine.abi3.so" if stable else "calloff/lstm/_engine.cpython-"
    info = "-".join(wheel.name.split("-")[:2]) + ".dist-info"
    licences = [Path("LICENSE"), *sorted(Path("licenses").glob("*.txt"))]
    beside = [engine, f"{info}/sboms/calloff.cdx.json",
              *(f"{info}/licenses/{path.as_posix()}" for path in licences)]  # fmt: skip
    yield from (name for name in beside if not any(each.startswith(name) for each in packed))


if __name__ == "__main__":
    if missing := list(lacking(Path(sys.argv[1]))):
        sys.exit(f"not in the wheel: {', '.join(missing)}")
