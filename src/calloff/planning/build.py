"""What to build: enough for the call-offs until the next chance to react, in whole packs.

The quantity is a quantile of the distribution of call-offs, and the safety stock, less the stock
that is there by then (see ``stock``). Which quantile is either asked for (service level), or
follows from the costs of a piece short and a piece over (the newsvendor's critical ratio; Arrow,
Harris & Marschak 1951).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calloff.data.part_tables import Pack, Stock
from calloff.data.triangle import Quantity
from calloff.planning.stock import project
from calloff.texts.arguments import amounts, between, instance, level, require, whole
from calloff.texts.errors import fail

DEFAULT_LEVEL = 0.95
MOST = 366  # target days to cover
MOST_COST = 1e12  # of a piece, and pieces in stock
STOCK = ("stock", "before", "built_before", "on_order", "safety", "projected")


@dataclass(frozen=True)
class BuildSpec:
    """How much to build.

    Attributes:
        service_level: chance, between 0 and 1, that the call-offs are covered; it goes before the
            costs. Without it and them it is 0.95.
        stock: part -> what is there of it (see ``Stock``), or pieces on hand.
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
    stock: Mapping[str, float | Stock] = field(default_factory=dict)
    packs: Mapping[str, Pack] = field(default_factory=dict)
    shortage_cost: float | None = None
    surplus_cost: float | None = None
    cover: int = 1

    def __post_init__(self) -> None:
        packs = self.packs.values() if isinstance(self.packs, Mapping) else ()
        stock = self.stock
        if isinstance(stock, Mapping):
            stock = {part: each for part, each in stock.items() if not isinstance(each, Stock)}
        require(
            level(self.service_level, "service-level", optional=True),
            between(self.shortage_cost, "shortage_cost", 0, MOST_COST, optional=True),
            between(self.surplus_cost, "surplus_cost", 0, MOST_COST, optional=True),
            amounts(stock, "stock", 0, MOST_COST),
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


def build_spec(values: Mapping[str, Any]) -> BuildSpec:
    """How much to build, from the plain values that ``dataclasses.asdict`` makes of it."""
    packs = {part: Pack(**pack) for part, pack in values["packs"].items()}
    stock = {
        part: Stock(**each) if isinstance(each, Mapping) else each
        for part, each in values["stock"].items()
    }
    return BuildSpec(**{**values, "packs": packs, "stock": stock})


@dataclass(frozen=True)
class Build:
    """What to build of each part (P), in pieces; NaN where no distribution is known yet.

    Attributes:
        level: the quantile that is covered, between 0 and 1.
        cover: the quantile of the call-offs.
        stock: pieces on hand at the close of the as-of day; this and the next five NaN where no
            stock was given.
        before: pieces called off after it and before the target day.
        built_before: pieces finally built for earlier target days of the same forecast.
        on_order: pieces that will have come by the target day.
        safety: pieces that are to be left after it.
        projected: pieces that are there for it; below 0 where stock does not last until then.
        build: what to build, in whole packs; all that is called off where no stock was given.
        shortage: expected pieces missing if so much is built.
        surplus: expected pieces left over if so much is built.
    """

    level: float
    cover: Quantity
    stock: Quantity
    before: Quantity
    built_before: Quantity
    on_order: Quantity
    safety: Quantity
    projected: Quantity
    build: Quantity
    shortage: Quantity
    surplus: Quantity


def plan_build(
    parts: tuple[str, ...],
    cover: Quantity,
    fine: Quantity,
    spec: BuildSpec,
    before: Quantity | None = None,
    built_before: Quantity | None = None,
) -> Build:
    """Work out what to build.

    Args:
        parts: their names (P).
        cover: the quantile at ``spec.level`` (P), in pieces.
        fine: quantiles at ``distribution.FINE`` (Q, P), in pieces.
        spec: level, stock and packs.
        before: pieces called off before the target day (P); none by default.
        built_before: pieces finally built for earlier target days (P); none by default.

    Returns:
        Quantities for each part.
    """
    called = np.zeros(len(parts)) if before is None else before
    found = project(parts, spec.stock, called, built_before)
    packs = [spec.packs.get(part, Pack()) for part in parts]
    pack = np.array([each.size for each in packs])
    minimum = np.array([each.minimum for each in packs])
    build = to_packs(np.maximum(cover - found.usable, 0.0), pack, minimum)
    there = np.nan_to_num(found.projected) + np.nan_to_num(build)
    shortage, surplus = expected(fine, there)
    unknown = np.isnan(cover)
    return Build(
        level=spec.level,
        cover=cover,
        **{name: getattr(found, name) for name in STOCK},
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
