"""The files in which a run of the tests skipped something, for the run where nothing is missing.

python .ci/skipped.py RESULTS.xml, in the project's folder; pytest --junitxml writes the results
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


def skipped(results: Path) -> list[Path]:
    """A file that was skipped as a whole has no class, and its own name is that of the test."""
    cases = list(ElementTree.parse(results).iter("testcase"))
    if not cases:
        raise SystemExit(f"no tests in {results}")
    return sorted(
        {
            file_of(case.get("classname") or case.get("name", ""))
            for case in cases
            if case.find("skipped") is not None
        }
    )


if __name__ == "__main__":
    print(*skipped(Path(sys.argv[1])), sep="\n")
