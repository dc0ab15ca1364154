"""Ask every address that the pages link to: python tools/check_links.py

Prints each with what came, and ends with 1 where one does not answer as it should. Links within the
project are tested by tests/test_site.py, offline.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

PROJECT = Path(__file__).resolve().parents[1]
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
ADDRESS = re.compile(r"https?://[^\s)>\"'\]]+")
WAIT = 20  # seconds
ASKS_AS = {"User-Agent": "calloff-links/1"}  # some refuse Python's own name


def pages(project: Path = PROJECT) -> list[Path]:
    """The pages for people: of the site, and those that stand beside the code."""
    return sorted([*project.glob("*.md"), *project.glob("*.cff"), *project.glob("docs/**/*.md"),
                   *project.glob("*/README.md"), project / "pyproject.toml"])  # fmt: skip


def addresses(paths: list[Path]) -> dict[str, list[str]]:
    """Address -> the names of the pages that link to it; examples in code are left out."""
    found: dict[str, list[str]] = {}
    for path in paths:
        for address in ADDRESS.findall(CODE.sub(" ", path.read_text(encoding="utf-8"))):
            found.setdefault(address.rstrip(".,;"), []).append(path.name)
    return found


def fault(address: str) -> str:
    """What is wrong with an address; nothing where it answers."""
    for method in ("HEAD", "GET"):  # some answer the second only
        try:
            with urlopen(Request(address, headers=ASKS_AS, method=method), timeout=WAIT):
                return ""
        except HTTPError as error:
            said = f"{error.code} {error.reason}"
        except (URLError, OSError, ValueError) as error:
            return str(getattr(error, "reason", error))
    return said


def checked(found: dict[str, list[str]]) -> Iterator[tuple[str, list[str], str]]:
    """Each address, the pages that link to it, and what is wrong with it."""
    with ThreadPoolExecutor(8) as threads:
        for (address, names), said in zip(found.items(), threads.map(fault, found), strict=True):
            yield address, names, said


def main(project: Path = PROJECT) -> int:
    """Check all of them.

    Returns:
        1 where one does not answer, else 0.
    """
    results = list(checked(addresses(pages(project))))
    for address, names, said in results:
        print(f"{said or 'well'}: {address} ({', '.join(names)})")
    return int(any(said for *_, said in results))


if __name__ == "__main__":
    sys.exit(main())
