"""Holds that a wheel has every file of the package but the engine's sources, and the engine itself.

python .ci/wheel_is_whole.py WHEEL, in the project's folder
"""

from __future__ import annotations

import sys
from pathlib import Path
from zipfile import ZipFile

SOURCES = Path("src")
NOT_PACKED = {"__pycache__", "cpp"}


def lacking(wheel: Path) -> set[str]:
    """What is in the sources and not, to the byte, in the wheel."""
    with ZipFile(wheel) as archive:
        packed = {name: archive.read(name) for name in archive.namelist()}
    if "calloff/lstm/_engine.abi3.so" not in packed and "cp312-abi3" in wheel.name:
        return {"calloff/lstm/_engine.abi3.so"}
    files = [path for path in SOURCES.rglob("*") if path.is_file() and path.suffix != ".so"]
    wanted = {path for path in files if not NOT_PACKED & set(path.parts)}
    if not wanted:
        raise SystemExit(f"no package in {SOURCES.absolute()}")
    names = {path.relative_to(SOURCES).as_posix(): path for path in wanted}
    return {name for name, path in names.items() if packed.get(name) != path.read_bytes()}


if __name__ == "__main__":
    if missing := lacking(Path(sys.argv[1])):
        sys.exit(f"not in the wheel: {', '.join(sorted(missing))}")
