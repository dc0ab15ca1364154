"""What had arrived by a day, where plans may arrive later than they were issued."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from calloff.data.triangle import Triangle


class Arrivals(Protocol):
    """Knows when plans arrived."""

    def is_late(self, day: np.datetime64) -> bool:
        """Whether some plan that was issued by a day arrived after it.

        Args:
            day: the day.

        Returns:
            Whether less was known at its close than had been issued.
        """
        ...

    def known(self, triangle: Triangle, day: np.datetime64) -> Triangle:
        """Lay out what had arrived by a day.

        Args:
            triangle: all that is known now.
            day: the day.

        Returns:
            A triangle of the parts of the other one, made as if nothing else had ever come.
        """
        ...
