"""Frames of pandas, polars, Arrow or DuckDB: which of them came in, so that the same goes out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import wraps
from os import PathLike
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, TypeVar

import polars as pl

if TYPE_CHECKING:
    import narwhals as nw  # else where a frame comes in, as most commands meet none

FrameT = TypeVar("FrameT")  # a frame of any library
P = ParamSpec("P")


@dataclass(frozen=True)
class FrameKind:
    """The library whose frames results are given as.

    Attributes:
        name: as narwhals has it, such as "pandas", "polars", "pyarrow" or "duckdb".
        relation: one of DuckDB's, on whose connection results are put; None for other libraries.
    """

    name: str = "polars"
    relation: Any = field(default=None, compare=False, repr=False)

    def __reduce__(self) -> tuple[Any, ...]:
        """A connection does not go to another process: there, DuckDB reads Arrow's tables."""
        return FrameKind, ("pyarrow" if self.name == "duckdb" else self.name,)

    def __deepcopy__(self, memo: dict[int, Any]) -> FrameKind:
        return self

    def of(self, result: pl.DataFrame) -> Any:
        """Turn a result into this kind of frame.

        Args:
            result: a frame of polars.

        Returns:
            The same rows. pandas gets dates as timestamps, and NaN for what is null among numbers.
        """
        if self.name == "polars":
            return result
        if self.name == "pyarrow":
            return result.to_arrow()
        if self.name == "duckdb":  # which finds the variable by its name
            return self.relation.query("calloff", "SELECT * FROM result")
        import narwhals as nw

        cells = {each.name: _values(each) for each in result}
        backend: Any = self.name
        return nw.from_dict(cells, backend=backend).to_native()


POLARS = FrameKind()


def kind_of(inputs: Iterable[Any]) -> FrameKind:
    """Find out what results are given as.

    Args:
        inputs: what was read, frames or not.

    Returns:
        The kind of the frames where all are of one library, else polars; the same for a lazy frame,
        as results are not lazy, but for DuckDB's relations, of which the first lends its
        connection.
    """
    found = [_kind(each) for each in inputs]
    return found[0] if found and len(set(found)) == 1 else POLARS


def as_polars(frame: Any) -> Any:
    """Turn a frame of any library into one of polars.

    Args:
        frame: of pandas, polars, Arrow or DuckDB.

    Returns:
        The same rows; midnights of pandas, which has no dates, as dates, and its NaN as null. What
        is no frame comes back as it is, for a check to refuse.
    """
    known = _known(frame)
    if known is None:
        return frame
    eager = known if hasattr(known, "iter_columns") else known.collect("polars")
    if eager.implementation.is_polars():
        return eager.to_native()
    if eager.implementation.is_pyarrow():
        return pl.from_arrow(eager.to_native())
    return pl.DataFrame([_series(each) for each in eager.iter_columns()])


class Kept(Protocol[P]):
    """A function of a frame that gives back the kind of frame that it was given."""

    def __call__(self, table: FrameT, *args: P.args, **kwargs: P.kwargs) -> FrameT: ...


def keeps_kind(function: Callable[Concatenate[pl.DataFrame, P], pl.DataFrame]) -> Kept[P]:
    """Let a function of a polars frame take frames of any library, and give back the same kind.

    Args:
        function: with the frame as its first argument, ``table``.

    Returns:
        The same for every kind of frame.
    """

    @wraps(function)
    def kept(table: Any, *args: P.args, **kwargs: P.kwargs) -> Any:
        return kind_of([table]).of(function(as_polars(table), *args, **kwargs))

    return kept


def _known(thing: Any) -> nw.DataFrame[Any] | nw.LazyFrame[Any] | None:
    """A frame of another library, as narwhals knows it; None for polars' own and what is none."""
    if isinstance(thing, str | PathLike | pl.DataFrame):
        return None
    import narwhals as nw

    try:
        known = nw.from_native(thing, pass_through=True)
    except nw.exceptions.NarwhalsError:  # two columns of one name
        return None
    return known if isinstance(known, nw.DataFrame | nw.LazyFrame) else None


def _kind(thing: Any) -> FrameKind:
    known = _known(thing)
    if known is None:
        return POLARS
    if known.implementation.is_duckdb():
        return FrameKind("duckdb", thing)
    eager = hasattr(known, "iter_columns")
    return FrameKind(known.implementation.name.lower()) if eager else POLARS


def _values(column: pl.Series) -> Any:
    """For a library without dates; a list where NumPy has no type of its own."""
    if column.dtype == pl.Date:
        return column.cast(pl.Datetime("us")).to_numpy()
    return column.to_numpy() if column.dtype.is_numeric() else column.to_list()


def _series(column: nw.Series[Any]) -> pl.Series:
    made = pl.Series(column.name, _cells(column), strict=False)
    if made.dtype == pl.Datetime and (made.dt.truncate("1d") == made).all():
        return made.dt.date()
    return made


def _cells(column: nw.Series[Any]) -> list[Any]:
    """None for whatever stands for nothing: NA, NaT, and NaN among texts too."""
    empty = column.is_null().to_list()
    cells = zip(column.to_list(), empty, strict=True)
    return [None if none or cell != cell else cell for cell, none in cells]
