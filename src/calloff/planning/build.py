"""What to build: enough for the call-offs until the next chance to react, in whole packs.

The quantity is a quantile of the distribution of call-offs, less what is in stock. Which quantile
is either asked for (service level), or follows from the costs of a piece short and a piece over
(the newsvendor's critical ratio; Arrow, Harris & Marschak 1951).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from calloff.data.part_tables import Pack
from calloff.data.triangle import Quantity
from calloff.texts.arguments import amounts, between, instance, level, require, whole
from calloff.texts.errors import fail

DEFAULT_LEVEL = 0.95
MOST = 366  # target days to cover
MOST_COST = 1e12  # of a piece, and pieces in stock


@dataclass(frozen=True)
class BuildSpec:
    """How much to build.

    Attributes:
        service_level: chance, between 0 and 1, that the call-offs are covered; it goes before the
            costs. Without it and them it is 0.95.
        stock: part -> pieces on hand.
        packs: part -> size of its packs and least quantity.
        shortage_cost: of a piece that is missing, in any unit of money.
        surplus_cost: of a piece that is left over, in the same unit. The level follows from these
            two, which are given both or neither.
        cover: target days until the next chance to react, whose call-offs are covered together.

    Raises:
        CalloffError: a field is of another kind or out of its range, or one of the costs is
            missing.

    Source:
        Arrow, Harris & Marschak 1951, for the level that follows from the costs.
    """

    service_level: float | None = None
    stock: Mapping[str, float] = field(default_factory=dict)
    packs: Mapping[str, Pack] = field(default_factory=dict)
    shortage_cost: float | None = None
    surplus_cost: float | None = None
    cover: int = 1

    def __post_init__(self) -> None:
        packs = self.packs.values() if isinstance(self.packs, Mapping) else ()
        require(
            level(self.service_level, "service-level", optional=True),
            between(self.shortage_cost, "shortage_cost", 0, MOST_COST, optional=True),
            between(self.surplus_cost, "surplus_cost", 0, MOST_COST, optional=True),
            amounts(self.stock, "stock", 0, MOST_COST),
            instance(self.packs, "packs", Mapping),
            *(instance(each, "packs", Pack) for each in packs),
            whole(self.cover, "cover", 1, MOST),
        )
        if (self.shortage_cost is None) != (self.surplus_cost is None):
            raise fail("build.costs")

    @property
    def level(self) -> float:
        """The quantile to build to, between 0 and 1."""
        if self.service_level is not None:
            return self.service_level
        if self.shortage_cost is not None and self.surplus_cost is not None:
            return self.shortage_cost / (self.shortage_cost + self.surplus_cost)
        return DEFAULT_LEVEL


@dataclass(frozen=True)
class Build:
    """What to build of each part (P), in pieces; NaN where no distribution is known yet.

    Attributes:
        level: the quantile that is covered, between 0 and 1.
        cover: the quantile of the call-offs.
        stock: pieces on hand, known for all parts.
        build: what to build, in whole packs.
        shortage: expected pieces missing if so much is built.
        surplus: expected pieces left over if so much is built.
    """

    level: float
    cover: Quantity
    stock: Quantity
    build: Quantity
    shortage: Quantity
    surplus: Quantity


def plan_build(parts: tuple[str, ...], cover: Quantity, fine: Quantity, spec: BuildSpec) -> Build:
    """Work out what to build.

    Args:
        parts: their names (P); the stock of those that ``spec`` does not list is taken as 0.
        cover: the quantile at ``spec.level`` (P), in pieces.
        fine: quantiles at ``distribution.FINE`` (Q, P), in pieces.
        spec: level, stock and packs.

    Returns:
        Quantities for each part.
    """
    stock = np.array([spec.stock.get(part, 0.0) for part in parts])
    packs = [spec.packs.get(part, Pack()) for part in parts]
    pack = np.array([each.size for each in packs])
    minimum = np.array([each.minimum for each in packs])
    build = to_packs(np.maximum(cover - stock, 0.0), pack, minimum)
    shortage, surplus = expected(fine, stock + np.nan_to_num(build))
    unknown = np.isnan(cover)
    return Build(
        level=spec.level,
        cover=cover,
        stock=stock,
        build=build,
        shortage=np.where(unknown, np.nan, shortage),
        surplus=np.where(unknown, np.nan, surplus),
    )


def expected(fine: Quantity, there: Quantity) -> tuple[Quantity, Quantity]:
    """Expect how much will be short, and how much over.

    Args:
        fine: call-offs in pieces (Q, P), at levels that are equally far apart.
        there: pieces that are there (P).

    Returns:
        Expected shortage and surplus in pieces, each (P).
    """
    left = there - fine
    return np.maximum(-left, 0.0).mean(axis=0), np.maximum(left, 0.0).mean(axis=0)


def to_packs(need: Quantity, pack: Quantity, minimum: Quantity) -> NDArray[np.float64]:
    """Round needs up to whole packs.

    Args:
        need: pieces needed (P), or NaN.
        pack: pieces in a pack (P).
        minimum: the least that is built if anything is (P), in pieces.

    Returns:
        Pieces in whole packs (P), 0 where nothing is needed, and NaN where the need is not known.
    """
    wanted = np.where(need > 0, np.maximum(need, minimum), 0.0)
    wanted = np.where(np.isnan(need), np.nan, wanted)
    return np.asarray(np.ceil(wanted / pack - 1e-9) * pack) + 0.0  # not -0.0
