"""The terminal: words in the user's language, tables; progress and notes go to stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from calloff.texts.catalogue import catalogue, plain, say

PLAIN_WIDTH = 120  # where the output is not a terminal
WHOLE = 12  # letters of a cell that is not broken in two
GAP = 2  # spaces between columns
FEW = 10  # names in a line


class Terminal(Console):
    """A console that leaves a closed pipe to the command line."""

    def on_broken_pipe(self) -> None:
        """Leave the handling of a closed pipe to the command line; rich would end the process."""
        raise  # rich calls this while it handles the BrokenPipeError


def _console(*, stderr: bool, colour: bool) -> Terminal:
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else PLAIN_WIDTH
    return Terminal(
        stderr=stderr, no_color=not colour, width=width, highlight=False, soft_wrap=False
    )


@dataclass(frozen=True)
class Screen:
    """Where a command speaks; ``weekly`` while it is about a customer that plans by weeks."""

    lang: str
    quiet: bool
    out: Console
    err: Console
    weekly: bool = False

    @classmethod
    def open(cls, lang: str, *, quiet: bool = False, colour: bool = True) -> Screen:
        """Open the screen: standard output for results, standard error for notes and progress."""
        out, err = (_console(stderr=stderr, colour=colour) for stderr in (False, True))
        return cls(lang, quiet, out, err)

    def of(self, *, weekly: bool) -> Screen:
        """The screen for texts about a customer, who plans by weeks or not."""
        return replace(self, weekly=weekly)

    def text(self, key: str, **facts: object) -> str:
        """The words of a key, ready for markup."""
        safe = {name: escape(plain(str(value))) for name, value in facts.items()}
        return say(key, self.lang, weekly=self.weekly, **safe)

    def say(self, key: str, style: str = "", **facts: object) -> None:
        """A line of the result."""
        self.out.print(self.text(key, **facts), style=style)

    def line(self, text: str) -> None:
        """A line of the result that is in words already."""
        self.out.print(escape(plain(text)))

    def note(self, key: str, **facts: object) -> None:
        """A line beside the result, left out when quiet."""
        if not self.quiet:
            self.err.print(self.text(key, **facts), style="dim")

    def warn(self, key: str, **facts: object) -> None:
        """A line beside the result that is never left out."""
        self.err.print(self.text(key, **facts), style="yellow")

    def warned(self, text: str) -> None:
        """A line beside the result that is in words already, and never left out."""
        self.err.print(escape(plain(text)), style="yellow")

    def title(self, key: str, **facts: object) -> None:
        """A heading with a line of space above."""
        self.out.print()
        self.out.print(self.text(key, **facts), style="bold cyan")

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """A table: the first column to the left, numbers to the right. Headers are keys,
        or texts."""
        heads = [
            say(key, self.lang, weekly=self.weekly) if key in catalogue() else key
            for key in columns
        ]
        shown = [[_markup(cell) for cell in row] for row in rows]
        numeric = [_is_numeric([row[at] for row in rows]) for at in range(len(heads))]
        lengths = {cell: _length(cell) for row in shown for cell in row}  # many say the same
        cells = [[lengths[row[at]] for row in shown] for at in range(len(heads))]
        gap, widths = _widths(heads, cells, self.out.width)
        if gap == 0:
            self._records(heads, shown)
        elif None in widths:
            self._lines(heads, shown, cells, numeric)
        else:
            self._broken(heads, shown, numeric, (gap, widths))

    def _lines(
        self,
        heads: Sequence[str],
        rows: Sequence[Sequence[str]],
        cells: Sequence[Sequence[int]],
        numeric: Sequence[bool],
    ) -> None:
        """A table that fits the screen as it is: rich lays out each cell anew, which takes longer
        than a quick forecast for many parts."""
        columns = []
        for at, head in enumerate(heads):
            lengths = [cell_len(head), *cells[at]]
            texts = [f"[bold]{escape(head)}[/]", *(row[at] for row in rows)]
            width, right = max(lengths), numeric[at]
            spaces = [" " * (width - length) for length in lengths]
            pairs = zip(spaces, texts, strict=True) if right else zip(texts, spaces, strict=True)
            columns.append(["".join(pair) for pair in pairs])
        lines = [(" " * GAP).join(row) for row in zip(*columns, strict=True)]
        self.out.print("\n".join(lines), soft_wrap=True)

    def _broken(
        self,
        heads: Sequence[str],
        rows: Sequence[Sequence[str]],
        numeric: Sequence[bool],
        layout: tuple[int, Sequence[int | None]],
    ) -> None:
        """A table of which long texts are broken into lines, by its gap and widths."""
        gap, widths = layout
        table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, gap, 0, 0))
        for at, head in enumerate(heads):
            table.add_column(
                escape(head),
                justify="right" if numeric[at] else "left",
                overflow="fold",
                width=widths[at],
            )
        for row in rows:
            table.add_row(*row)
        self.out.print(table)

    def _records(self, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """A table that is wider than the screen: each row by itself, a line for as many cells as
        there is room for, none broken in two."""
        for row in rows:
            first, *rest = [
                f"{escape(head)} {cell}" if head else cell
                for head, cell in zip(heads, row, strict=True)
                if cell
            ]
            lines, width = [f"[bold]{first}[/]"], self.out.width
            for cell in rest:
                joined = f"{lines[-1]}  {cell}"
                fits = cell_len(Text.from_markup(joined).plain) <= width
                lines = [*lines[:-1], joined] if fits else [*lines, f"  {cell}"]
            for line in lines:
                self.out.print(line, soft_wrap=True)

    @contextmanager
    def progress(self, key: str) -> Iterator[Callable[[float, str], None]]:
        """A bar on stderr that appears only on a terminal and leaves no trace."""
        bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[what]}", style="dim"),
            TimeElapsedColumn(),
            console=self.err,
            transient=True,
            disable=self.quiet or not self.err.is_terminal,
        )
        with bar:
            task = bar.add_task(self.text(key), total=1.0, what="")
            yield lambda done, what: bar.update(task, completed=done, what=escape(plain(what)))


class Number(str):
    """A number in words, with rich markup if it likes; other texts are escaped."""

    __slots__ = ()


def few(names: Sequence[str], most: int = FEW) -> str:
    """Names in a line, the rest counted."""
    text = ", ".join(names[:most])
    return f"{text}, … (+{len(names) - most})" if len(names) > most else text


def _markup(cell: object) -> str:
    return cell if isinstance(cell, Number) else escape(_show(cell))


def _length(cell: str) -> int:
    """How wide a cell is on the screen."""
    marked = "[" in cell or ":" in cell
    return cell_len(Text.from_markup(cell).plain if marked else cell)


def _widths(
    heads: Sequence[str], cells: Sequence[Sequence[int]], available: int
) -> tuple[int, Sequence[int | None]]:
    """The gap between columns, and their widths where not all ``cells`` fit as they are:
    numbers, days and the words of heads stay whole, longer texts are broken. No gap where that
    cannot be either."""
    wanted = [max([cell_len(head), *each]) for head, each in zip(heads, cells, strict=True)]
    gaps = len(heads) - 1
    if sum(wanted) + GAP * gaps <= available:
        return GAP, [None] * len(heads)
    least = [
        max([*(each for each in widths if each <= WHOLE), *map(cell_len, head.split()), 1])
        for head, widths in zip(heads, cells, strict=True)
    ]
    gap = GAP if sum(least) + GAP * gaps <= available else 1
    left = available - sum(least) - gap * gaps
    if left < 0:
        return 0, [None] * len(heads)
    for at in sorted(range(len(heads)), key=lambda at: wanted[at] - least[at]):
        more = min(wanted[at] - least[at], left)
        least[at], left = least[at] + more, left - more
    return gap, least


def _is_numeric(cells: Sequence[object]) -> bool:
    known = [cell for cell in cells if cell is not None and cell != ""]
    return bool(known) and all(isinstance(cell, int | float | Number) for cell in known)


def _show(cell: object) -> str:
    if cell is None:
        return "–"
    if isinstance(cell, float):
        return "–" if cell != cell else f"{cell:,.2f}"
    return f"{cell:,}" if isinstance(cell, int) else plain(str(cell))
