"""The process's own streams: signs they cannot spell, pipes that close, panics on the screen."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from typing import TextIO


def spell_what_can_be_spelt() -> None:
    """Let a sign that the terminal's encoding lacks become "?": cp949 of Windows has no dash."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


@contextmanager
def panics_hidden() -> Iterator[None]:
    """Keep the panics of readers in Rust off the screen: they write past sys.stderr, to its file.

    They come back as CalloffErrors. CALLOFF_DEBUG=1 shows them.
    """
    if os.environ.get("CALLOFF_DEBUG") or _fileno(sys.stderr) != 2:
        yield
        return
    ours, screen = sys.stderr, os.dup(2)
    with os.fdopen(screen, "w", 1, encoding=ours.encoding, errors="replace") as kept:
        sys.stderr = kept
        _point(2, os.devnull)
        try:
            yield
        finally:
            os.dup2(screen, 2)
            sys.stderr = ours


def drop_output() -> None:
    """What is left to be written goes nowhere, so that nothing is said on the way out."""
    if (number := _fileno(sys.stdout)) is not None:
        _point(number, os.devnull)


def _point(number: int, path: str) -> None:
    file = os.open(path, os.O_WRONLY)
    os.dup2(file, number)
    os.close(file)


def _fileno(stream: TextIO) -> int | None:
    try:
        return stream.fileno()
    except (AttributeError, OSError, ValueError):  # a stand-in, in a notebook or a test
        return None
