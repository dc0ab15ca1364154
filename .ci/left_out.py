"""The files of tests that a run did not do in full, told after the run where nothing is missing.

python .ci/left_out.py RESULTS.xml, in the project's folder; pytest --junitxml writes the results
"""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree


def file_of(name: str) -> Path:
    """From tests.web.test_api or tests.web.test_api.TestClass; that there is none ends it."""
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        path = Path(*parts[:end]).with_suffix(".py")
        if path.is_file():
            return path
    raise SystemExit(f"no file of tests: {name!r}")


def left_out(results: Path) -> list[Path]:
    """Files with a test that was skipped, and those of which the results say nothing: of several
    that are skipped as a whole for one reason, pytest-xdist reports the first alone."""
    done: dict[Path, bool] = {}
    for case in ElementTree.parse(results).iter("testcase"):
        # A file that was skipped as a whole has no class, and its own name is that of the test.
        path = file_of(case.get("classname") or case.get("name", ""))
        done[path] = done.get(path, True) and case.find("skipped") is None
    if not any(done.values()):
        raise SystemExit(f"nothing was tested: {results}")
    return [path for path in sorted(Path("tests").rglob("test_*.py")) if not done.get(path)]


if __name__ == "__main__":
    print(*left_out(Path(sys.argv[1])), sep="\n")
