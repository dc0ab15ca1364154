"""From which customer a file is that names none: the one of whom most of its parts are known."""

from __future__ import annotations

from itertools import count

import polars as pl

from calloff.store.content import KINDS, Content
from calloff.store.folder import UNNAMED, Store
from calloff.store.manifest import known_customers, reading
from calloff.store.reading_back import stored_parts
from calloff.store.selection import Request
from calloff.texts.errors import Where, fail

MOST = 0.5  # of its parts are known of the customer
DAYS = 60  # issue days, the newest, in which they are looked for


def whose(store: Store, content: Content, *, apart: bool = False) -> str:
    """Find out from which customer a file is.

    Args:
        store: the store.
        content: of the file.
        apart: whether plans of parts that are not known are from another customer; else nobody
            knows.

    Returns:
        The customer's name in the store, or a new one; that of unnamed customers in a store
        without any.

    Raises:
        CalloffError: its parts are those of no customer, or of several.
    """
    parts = _parts(content)
    with reading(store) as log:
        known = known_customers(log)
    found = [name for name in known if _shared(store, name, parts)]
    if len(found) == 1 or not known:
        return found[0] if found else UNNAMED
    if apart and not found:
        names = (UNNAMED if at == 1 else f"{UNNAMED} {at}" for at in count(1))
        return next(name for name in names if name not in known)
    code = "store.whose_of" if found else "store.whose"
    raise fail(code, Where(file=content.file), customers=", ".join(found or known))


def _parts(content: Content) -> set[str]:
    """The parts of which the file names no customer."""
    found: set[str] = set()
    for table in (content.tables[kind] for kind in KINDS):
        if "part" in table.columns:
            found |= set(table.filter(pl.col("customer") == UNNAMED)["part"].to_list())
    return found


def _shared(store: Store, customer: str, parts: set[str]) -> bool:
    known = parts.intersection(stored_parts(store, Request(customer, last=DAYS)))
    return bool(known) and len(known) >= MOST * len(parts)
