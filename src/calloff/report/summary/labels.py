"""What parts are sorted and added up by: plant, customer, product group, class; and their names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from calloff.analysis.abc import abc_classes
from calloff.data.part_tables import PartData
from calloff.data.reading.keys import Key
from calloff.data.triangle import Past

FIELDS = ("plant", "customer", "group", "abc")  # that sums are made by


@dataclass(frozen=True)
class Labels:
    """Field -> part -> what it is there; fields that say nothing are left out.

    Attributes:
        texts: of the fields of FIELDS, and "name".
        by_value: whether classes are by price times pieces, else by pieces.
        prices: part -> price of a piece, where it is given.
    """

    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    by_value: bool = False
    prices: Mapping[str, float] = field(default_factory=dict)

    @property
    def shown(self) -> tuple[str, ...]:
        """The fields that a list shows: those of master data, and classes beside these."""
        given = tuple(name for name in ("name", "group") if name in self.texts)
        return (*given, "abc") if given or self.by_value else ()

    def of(self, name: str, part: str) -> str:
        """What a ``part`` is in the field ``name``; empty for nothing."""
        return self.texts.get(name, {}).get(part, "")

    def value(self, part: str, pieces: float) -> float | None:
        """Price times ``pieces`` of a ``part``; None without a price."""
        price = self.prices.get(part)
        return None if price is None else price * pieces


def labels(past: Past, keys: Mapping[str, Key], master: Mapping[str, PartData]) -> Labels:
    """Look up the labels of all parts.

    Args:
        past: what is known.
        keys: name of a part -> part, plant and customer.
        master: part -> master data.

    Returns:
        Plants and customers where there are several, groups and names where they are given, and
        classes.
    """
    parts = past.parts
    prices = {part: each.price for part, each in master.items() if each.price is not None}
    classes = dict(zip(parts, abc_classes(past, prices), strict=True))

    def key(name: str) -> Callable[[str], str]:
        return lambda part: str(getattr(keys.get(part, Key(part)), name))

    def given(name: str) -> Callable[[str], str]:
        return lambda part: str(getattr(master.get(part, PartData()), name))

    found = {
        **{name: {part: key(name)(part) for part in parts} for name in ("plant", "customer")},
        **{name: {part: given(name)(part) for part in parts} for name in ("name", "group")},
    }
    several = {name: texts for name, texts in found.items() if _says(texts, name)}
    return Labels(several | {"abc": classes}, bool(prices), prices)


def _says(texts: Mapping[str, str], name: str) -> bool:
    """Whether a field tells parts apart; one product group does, from the parts without."""
    different = {*texts.values()}
    return len(different) > 1 or (name in ("name", "group") and different not in ({""}, set()))
