"""For which plant a quantity is: names of the header, of a group of parts, and of a part alone."""

from __future__ import annotations

from dataclasses import dataclass, field

ROLES = ("ST", "CN", "DP")  # ship to, consignee, delivery party: the first that is named counts
LOCATIONS = ("11", "159")  # place of discharge, and beyond it: where no plant is named at all


@dataclass
class ShipTo:
    """The plant, as the segments of a message come by.

    Names between two parts are of the group that follows, unless quantities follow them: then
    they are of that part alone.

    Attributes:
        header: names of the whole message.
        group: names of the parts that follow.
        item: names of this part.
        locations: places within the plant, of this part.
        in_group: whether a group has begun.
        in_item: whether a part has begun.
        fresh: whether names of a part came after its last quantity.
        placed: whether places of a part did.
    """

    header: dict[str, str] = field(default_factory=dict)
    group: dict[str, str] = field(default_factory=dict)
    item: dict[str, str] = field(default_factory=dict)
    locations: dict[str, str] = field(default_factory=dict)
    in_group: bool = False
    in_item: bool = False
    fresh: bool = False
    placed: bool = False

    def name(self, role: str, text: str) -> None:
        """A name comes by.

        Args:
            role: its role, such as ST.
            text: what it is called.
        """
        if role not in ROLES:
            return
        if not self.in_item:
            (self.group if self.in_group else self.header)[role] = text
            return
        if not self.fresh:
            self.item = {}
        self.item[role] = text
        self.fresh = True

    def locate(self, role: str, text: str) -> None:
        """A place within the plant comes by: of the quantities that follow.

        Args:
            role: its role, such as 11.
            text: what it is called.
        """
        if not self.in_item:
            return
        if not self.placed:
            self.locations = {}
        self.locations.setdefault(role, text)
        self.placed = True

    def begin_group(self) -> None:
        """A group of parts begins: names of the one before are over."""
        self.group, self.item, self.locations = {}, {}, {}
        self.in_group, self.in_item, self.fresh = True, False, False

    def begin_item(self) -> None:
        """A part begins."""
        if self.in_item and self.fresh:
            self.group = self.item
        self.item, self.locations = {}, {}
        self.in_item, self.fresh, self.placed = True, False, False

    def begin_quantity(self) -> str:
        """A quantity begins; the plant that it is for, empty where none is named."""
        self.fresh = self.placed = False
        for level in (self.item, self.group, self.header):
            for role in ROLES:
                if level.get(role):
                    return level[role]
        return next((self.locations[each] for each in LOCATIONS if each in self.locations), "")
