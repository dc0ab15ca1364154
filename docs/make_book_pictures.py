"""Make the pictures of the workbook, by LibreOffice: python docs/make_book_pictures.py

Needs soffice and pdftoppm (Debian: libreoffice-calc, poppler-utils).
"""

from __future__ import annotations

import subprocess
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
from PIL import Image, ImageChops

from calloff.data.load import load
from calloff.overrides.table import Overrides
from calloff.planning.results import Results, Settings, run, source
from calloff.report.summary.summarise import summarise
from calloff.report.workbook import write_workbook
from calloff.synth import Customer, make, write_export

IMAGES = Path(__file__).parent / "images"
DOTS = 110  # per inch
PAGES = {("en", 1): "workbook-build", ("ko", 1): "workbook-build-ko"}
SHOWN = 0.4  # of the page: the head and some rows
COLOURS = 32  # of a picture: tables need no more, and the files stay small


def main() -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        evenings = _evenings(folder)
        summary = summarise(evenings[-1], _overrides(*evenings))
        for lang in ("en", "ko"):
            write_workbook(summary, folder / f"{lang}.xlsx", lang)
            _print(folder / f"{lang}.xlsx")
        for (lang, page), picture in PAGES.items():
            _picture(folder / f"{lang}.pdf", page, IMAGES / f"{picture}.png")


def _evenings(folder: Path) -> tuple[Results, Results]:
    """A customer as it was a week ago, and as it is."""
    write_export(make(Customer()), folder / "export.xlsx")
    loaded = load(folder / "export.xlsx")
    before = Settings(as_of=str(loaded.triangle.target_days[-8]))
    sources = [source(folder / "export.xlsx")]
    return run(loaded, before), run(loaded, Settings(), sources=sources)


def _overrides(before: Results, now: Results) -> Overrides:
    """A planner who adds a tenth to the three largest plans of then, and changes one of now."""
    tables = [
        results.forecast.table.sort("plan", descending=True).head(count).select(
            "part", "target", "plan", "forecast",
            evening=pl.lit(_day(results)), made=pl.lit(_day(results)),
            override=(pl.col("plan") * 1.1).round(),
        )
        for results, count in ((before, 3), (now, 1))
    ]  # fmt: skip
    return Overrides(pl.concat(tables))


def _day(results: Results) -> date:
    return date.fromisoformat(str(results.past.cutoff))


def _print(book: Path) -> None:
    profile = f"-env:UserInstallation={(book.parent / 'profile').as_uri()}"
    words = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", book.parent, book]
    subprocess.run(words, check=True, capture_output=True)


def _picture(pdf: Path, page: int, made: Path) -> None:
    """A page without its white margins."""
    stem = pdf.with_suffix("")
    words = ["pdftoppm", "-png", "-singlefile", "-r", f"{DOTS}", "-f", f"{page}", "-l", f"{page}"]
    subprocess.run([*words, pdf, stem], check=True)
    with Image.open(stem.with_suffix(".png")) as found:
        image = found.convert("RGB").crop((0, 0, found.width, int(found.height * SHOWN)))
    white = Image.new("RGB", image.size, "white")
    left, top, right, bottom = ImageChops.difference(image, white).getbbox() or (0, 0, 1, 1)
    image = image.crop(
        (max(left - 8, 0), max(top - 8, 0), right + 8, min(bottom + 8, image.height))
    )
    image.quantize(COLOURS).save(made, optimize=True)


if __name__ == "__main__":
    main()
