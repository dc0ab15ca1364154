"""What was new in files that were added to a store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict

from calloff.report.terminal.screen import Screen, few
from calloff.store.adding import Added
from calloff.store.forgetting import SHORT, Delivery

COLUMNS = ("plans", "days", "quantities", "later", "same", "late")


def show_added(added: Added, screen: Screen) -> None:
    """Show by customer what was new, then what was refused."""
    known = [each.file for each in added.written if each.known]
    if known:
        screen.say("store.known", files=few(known))
    counts = _by_customer(added)
    if counts:
        heads = ["store.customer", *(f"store.{name}" for name in COLUMNS)]
        screen.table(heads, [[name, *(own[each] for each in COLUMNS)]
                             for name, own in sorted(counts.items())])  # fmt: skip
    if added.history:
        screen.note("store.history", customers=few(sorted(added.history)))
    for name in ("late", "later"):
        if count := sum(own[name] for own in counts.values()):
            screen.note(f"store.{name}_note", count=count)
    for problem in added.notices:
        screen.warned(problem.text(screen.lang))
    if added.refused:
        screen.warn("store.refused", count=len(added.refused))
        for problem in added.refused:
            screen.warned(f"  - {problem.text(screen.lang)}")


def show_deliveries(found: Sequence[Delivery], screen: Screen) -> None:
    """Show files that were added to a store, those that were ``found``."""
    heads = [
        "store.delivery",
        "store.file",
        "store.customer",
        "store.arrived_at",
        "store.quantities",
    ]
    rows = [(each.hash[:SHORT], each.file, few(each.customers), each.arrived, each.quantities)
            for each in found]  # fmt: skip
    screen.table(heads, rows)


def _by_customer(added: Added) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {}
    for each in added.written:
        for name, own in each.customers.items():
            found.setdefault(name, Counter()).update(asdict(own))
    return found
