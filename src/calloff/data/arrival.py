"""What had arrived by a day, where plans may arrive later than they were issued."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np


class Arrivals(Protocol):
    """Knows when plans arrived."""

    def is_late(self, day: np.datetime64) -> bool:
        """Whether less was known at the close of a ``day`` than had been issued by then."""
        ...

    def known(self, triangle: Any, day: np.datetime64) -> Any:
        """Lay out what had arrived by a day.

        Args:
            triangle: all that is known now.
            day: the day.

        Returns:
            A triangle of the parts of the other one, made as if nothing else had ever come.
        """
        ...
