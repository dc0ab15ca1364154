"""Files as they arrive: harmless names, kinds that can be read, no bombs."""

from __future__ import annotations

import os
import re
import shutil
import threading
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from fastapi import UploadFile

from calloff.data.reading.detect import READABLE, detect
from calloff.data.reading.zipped import entries
from calloff.texts.catalogue import plain
from calloff.texts.errors import CalloffError, Problem, Where, fail, file_name

LONGEST = 120  # bytes of a name; systems take 255
FORBIDDEN = re.compile(r'[<>:"|?*\[\]]')
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # of Windows
READING = threading.BoundedSemaphore(2)  # files held in memory at once to be looked at


def safe_name(name: str | None) -> str:
    """A name to keep a file under and to show: the last part of its path, one line, no tricks."""
    last = file_name(unicodedata.normalize("NFC", name or ""))
    clean = FORBIDDEN.sub("_", plain(last)).replace("\ufffd", "_").strip(". ~$")
    stem, dot, suffix = clean.rpartition(".")
    if not dot or len(suffix.encode()) > 10:
        stem, suffix = clean, ""
    short = _cut(stem, LONGEST).strip(". ") or "file"
    whole = f"{short}.{suffix}" if suffix else short
    return f"_{whole}" if RESERVED.fullmatch(whole) else whole


def save(files: Sequence[UploadFile], folder: Path) -> list[str]:
    """Write files into a folder and give their names there, in order. Raises CalloffError, naming
    every file that cannot be read."""
    folder.mkdir(parents=True, exist_ok=True)
    names: list[str] = []
    problems: list[Problem] = []
    for file in files:
        name = _free(safe_name(file.filename), names)
        with (folder / name).open("wb") as kept:
            shutil.copyfileobj(file.file, kept, 1 << 20)
            kept.flush()
            os.fsync(kept.fileno())  # before the run is taken: a power cut must not empty it
        names.append(name)
        try:
            check(folder / name)
        except CalloffError as error:
            problems += [replace(problem, where=Where(file=name)) for problem in error.problems]
    if problems:
        raise CalloffError(problems)
    return names


def check(path: Path) -> None:
    """Raises CalloffError for a kind that cannot be read, or that unpacks to too much. What is in
    the tables is looked at by the worker, which may fall over them without harm."""
    with READING:
        content = path.read_bytes()
        kind = detect(content)
        if kind not in READABLE:
            raise fail(f"file.{kind}")
        if content.startswith(b"PK"):
            entries(content)


def _cut(text: str, most: int) -> str:
    return text.encode()[:most].decode("utf-8", "ignore")


def _free(name: str, taken: Sequence[str]) -> str:
    """The name, numbered where another file of this run has it (also but for its case)."""
    known = {other.casefold() for other in taken}
    path, number = Path(name), 2
    while name.casefold() in known:
        name, number = f"{path.stem} ({number}){path.suffix}", number + 1
    return name
