"""Arrays that cannot be written to: what is shared stays as it is."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray


def read_only(array: NDArray[Any]) -> NDArray[Any]:
    """The ``array``, or a view of it that cannot be written to."""
    view = array.view()
    view.flags.writeable = False
    return view


def frozen(array: NDArray[Any]) -> NDArray[Any]:
    """An ``array`` of our own, which cannot be written to any more."""
    array.flags.writeable = False
    return array
