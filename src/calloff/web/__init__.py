"""The local page and its REST interface; everything but this file needs the extra calloff[web]."""

from __future__ import annotations

from importlib.util import find_spec

from calloff.texts.errors import fail

NEEDED = ("fastapi", "uvicorn", "python_multipart")


def require() -> None:
    """Raises CalloffError, saying how to get it, where the extra is not installed."""
    missing = [name.replace("_", "-") for name in NEEDED if find_spec(name) is None]
    if missing:
        raise fail("web.not_installed", missing=", ".join(missing))
