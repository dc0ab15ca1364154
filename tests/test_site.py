"""The site: each page says for whom it is, and every link leads to where it says."""

from __future__ import annotations

import re
import sys
import threading
import tomllib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT / "tools"))

import check_links  # noqa: E402

PAGES = sorted((PROJECT / "docs").rglob("*.md"))
BESIDE = sorted([*PROJECT.glob("*.md"), *PROJECT.glob("[!.]*/README.md"),
                 *PROJECT.glob(".github/**/*.md")])  # fmt: skip
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"```(?!\{).*?```|`[^`\n]*`", re.DOTALL)
FOR_WHOM = {"en": "*For ", "ko": "*대상: "}


def shown(path: Path) -> str:
    return str(path.relative_to(PROJECT))


def prose(path: Path) -> str:
    return CODE.sub(" ", path.read_text(encoding="utf-8"))


def slug(heading: str) -> str:
    """As GitHub makes it, and MyST after it."""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)|[`*]", r"\1", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


def anchors(path: Path) -> set[str]:
    """Headings, marks of a page's own, and what the reference describes."""
    text = path.read_text(encoding="utf-8")
    headings = re.findall(r"^#{1,3} (.+)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.M)
    return {slug(each) for each in headings} | set(re.findall(r"\{#([\w-]+)\}", text))


def described() -> set[str]:
    """Names in the reference, which MyST finds from every page."""
    texts = [path.read_text(encoding="utf-8") for path in PAGES if path.parent.name == "reference"]
    return set(re.findall(r":: (calloff[\w.]*)", "".join(texts)))


def broken(path: Path) -> Iterator[str]:
    for link in LINK.findall(prose(path)):
        file, _, anchor = link.partition("#")
        target = (path.parent / file) if file else path
        if "://" in link or link.startswith("mailto:"):
            continue
        if not target.exists():
            yield link
        elif anchor and target.suffix == ".md" and anchor not in anchors(target):
            parents = {anchor, anchor.rpartition(".")[0]}  # a method of a class that is described
            if file or not parents & described():
                yield link


@pytest.mark.parametrize("path", PAGES, ids=shown)
def test_a_page_says_at_its_top_for_whom_it_is(path: Path) -> None:
    title, blank, whom = path.read_text(encoding="utf-8").split("\n")[:3]
    assert title.startswith("# ")
    assert blank == ""
    assert whom.startswith(FOR_WHOM["ko" if path.stem == "ko" else "en"])
    assert whom.endswith("*")


@pytest.mark.parametrize("path", [*PAGES, *BESIDE], ids=shown)
def test_links_lead_somewhere(path: Path) -> None:
    assert list(broken(path)) == []


def test_every_page_can_be_reached() -> None:
    index = (PROJECT / "docs" / "index.md").read_text(encoding="utf-8")
    listed = set("\n".join(re.findall(r"```\{toctree\}\n(.*?)```", index, re.S)).split("\n"))
    names = {shown(path)[len("docs/") : -len(".md")] for path in PAGES}
    assert names - listed == {"index"}


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A page\n[1](#a-page) [2](#no) [3](no.md) [4](page.md#a-page) `[5](no)`")
    assert list(broken(page)) == ["#no", "no.md"]


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/well" else 404)
        self.end_headers()

    def log_message(self, *words: object) -> None:
        pass


def test_addresses_are_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    server = HTTPServer(("127.0.0.1", 0), _Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "page.md").write_text(f"[a]({base}/well), [b]({base}/gone), `{base}/code`")
    try:
        assert check_links.main(tmp_path) == 1
    finally:
        server.shutdown()
        server.server_close()
    assert capsys.readouterr().out.splitlines() == [
        f"well: {base}/well (page.md)",
        f"404 Not Found: {base}/gone (page.md)",
    ]


def test_addresses_of_the_pages_are_safe_ones() -> None:
    found = check_links.addresses(check_links.pages())
    assert found
    assert [address for address in found if not address.startswith("https://")] == []


def korean(texts: object) -> Iterator[str]:
    """All Korean texts of the catalogue."""
    if isinstance(texts, dict):
        own = texts.get("ko")
        yield from [own] if isinstance(own, str) else ()
        for each in texts.values():
            yield from korean(each)


def test_the_korean_page_quotes_the_program() -> None:
    """Between ‘ and ’ stands what a screen, a sheet or a message says, to the letter."""
    catalogue = (PROJECT / "src/calloff/texts/catalogue.toml").read_text(encoding="utf-8")
    said = {text.rstrip(".") for text in korean(tomllib.loads(catalogue))}
    quoted = re.findall("‘(.+?)’", (PROJECT / "docs/ko.md").read_text(encoding="utf-8"))
    assert len(quoted) > 25
    known = {*said, *(text.partition(" (")[0] for text in said)}  # less a count in brackets
    assert [text for text in quoted if text.rstrip(".") not in known] == []
