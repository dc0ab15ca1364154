"""What tests of the local page in a browser share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SLOW = 60_000  # milliseconds; a test machine may be busy
DROP = """([name, encoded]) => {
  const bytes = Uint8Array.from(atob(encoded), (sign) => sign.charCodeAt(0));
  const carried = new DataTransfer();
  carried.items.add(new File([bytes], name));
  for (const kind of ["dragenter", "dragover", "drop"]) {
    document.body.dispatchEvent(new DragEvent(kind,
      { dataTransfer: carried, bubbles: true, cancelable: true }));
  }
}"""


@contextmanager
def quiet_page(context: Any) -> Iterator[Any]:
    """A page whose console says nothing at all, as the test demands at its end."""
    said: list[str] = []
    page = context.new_page()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.set_default_timeout(SLOW)
    yield page
    page.close()
    assert said == []


@contextmanager
def late_answer(page: Any, address: str) -> Iterator[None]:
    """The first answer from such an address is made at once, and comes when the block ends."""
    made: list[Any] = []
    page.route(address, lambda route: made.append((route, route.fetch())), times=1)
    yield
    for _ in range(SLOW // 50):
        if made:
            break
        page.wait_for_timeout(50)  # it was asked for, and is still being made
    ((route, answer),) = made
    route.fulfill(response=answer)
    page.wait_for_timeout(300)  # for the page to do with it what it does


def open_run(context: Any, address: str, run: str) -> Any:
    """A page of a run whose list is there."""
    page = context.new_page()
    page.set_default_timeout(SLOW)
    page.goto(f"{address}/#/run/{run}")
    page.locator("table.build").wait_for()
    return page


def drop(page: Any, path: Path) -> None:
    """Drop a file on the page as a hand does."""
    from base64 import b64encode

    page.evaluate(DROP, [path.name, b64encode(path.read_bytes()).decode()])


def accessible(page: Any) -> None:
    from axe_playwright_python import sync_playwright as axe

    found = axe.Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
