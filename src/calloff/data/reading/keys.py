"""Whose plan it is: part, plant and customer; names that may be one part; which of them count.

Dimensions: n plans.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from calloff.data.layouts import normal
from calloff.data.reading.cells import INVISIBLE
from calloff.data.reading.plans import Buckets, Mask, Plans, Texts
from calloff.texts.errors import CalloffError, Problem, few

DASHES = re.compile("[\u2010-\u2015\u2212]")
ZEROS = re.compile(r"^0+(?=\d)")
SEPARATORS = re.compile(r"(?<=\w)[-_./](?=[^\W_])")
LATIN = str.maketrans("АВЕКМНОРСТУХаеорсухΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEKMHOPCTYXaeopcyxABEZHIKMNOPTYX")


@dataclass(frozen=True)
class Key:
    """Whose plan it is.

    Attributes:
        part: name of the part.
        plant: the plant that it is for; empty where none is named.
        customer: who sends it; empty where none is named.
    """

    part: str
    plant: str = ""
    customer: str = ""


def twins(names: Sequence[str], *, separated: bool = False) -> tuple[tuple[str, ...], ...]:
    """Find names that differ only in leading zeros, ".0" at the end, width, case, spaces, signs
    that are not seen, in what separates their pieces, or in letters that look the same.

    Args:
        names: of parts.
        separated: whether signs between their pieces tell them apart: 10-5 may well be another
            part than 10.5.

    Returns:
        The names that may be one part, in groups of two or more.
    """
    groups: dict[str, list[str]] = {}
    for name in dict.fromkeys(names):
        bare = bare_name(name)
        groups.setdefault(bare if separated else SEPARATORS.sub("-", bare), []).append(name)
    return tuple(tuple(group) for group in groups.values() if len(group) > 1)


def bare_name(name: str) -> str:
    """A part's name without what its twins may differ in."""
    return ZEROS.sub("", _clean(name).translate(LATIN).casefold())


def _clean(name: str) -> str:
    """A name as it would be written without accidents."""
    seen = INVISIBLE.sub("", DASHES.sub("-", unicodedata.normalize("NFKC", name)))
    return "".join(seen.split()).removeprefix("'").removesuffix(".0")


def joined_twins(names: Texts, groups: Sequence[Sequence[str]]) -> Texts:
    """Join the names of each group.

    Args:
        names: of parts (n).
        groups: names that are one part.

    Returns:
        The names (n), those of a group as the longest of those that are written without accidents,
        the first of equals.
    """
    best = [max(group, key=lambda name: (name == _clean(name), len(name))) for group in groups]
    one = {name: chosen for chosen, group in zip(best, groups, strict=True) for name in group}
    return np.array([one.get(name, name) for name in names.tolist()], dtype=object)


def selection(rows: Plans | Buckets, plant: str | None, customer: str | None) -> Mask:
    """Find plans for a plant and from a customer.

    Args:
        rows: plans, or quantities of several days (n).
        plant: the plant; None for all.
        customer: the customer; None for all.

    Returns:
        Which are wanted (n); names are compared without case and spaces.
    """
    if plant is customer is None:
        return np.ones(len(rows), dtype=bool)
    whose = zip(rows.plant, rows.customer, strict=True)
    return np.array([is_wanted(*each, plant, customer) for each in whose], dtype=bool)


def is_wanted(own: str, sender: str, plant: str | None, customer: str | None) -> bool:
    """Compare a plant and a customer with those that are wanted, without case and spaces.

    Args:
        own: the plant that something is for.
        sender: the customer that it is from.
        plant: the plant that is wanted; None for all.
        customer: the customer that is wanted; None for all.

    Returns:
        Whether it is wanted.
    """
    pairs = ((own, plant), (sender, customer))
    return all(wanted is None or normal(name) == normal(wanted) for name, wanted in pairs)


def check_choice(plans: Plans, buckets: Buckets, plant: str | None, customer: str | None) -> None:
    """Refuse a plant or customer that is in no row.

    Args:
        plans: of all sheets.
        buckets: quantities of several days, likewise.
        plant: the plant that is wanted; None for all.
        customer: the customer that is wanted; None for all.

    Raises:
        CalloffError: naming those that there are.
    """
    problems = []
    for what, wanted in (("plant", plant), ("customer", customer)):
        there = sorted({*getattr(plans, what).tolist(), *getattr(buckets, what).tolist()} - {""})
        if wanted is not None and normal(wanted) not in map(normal, there):
            facts = {"name": wanted, "choices": few(there)}
            problems.append(Problem(f"key.no_{what}", facts=facts))
    if problems:
        raise CalloffError(problems)


def named_keys(plans: Plans, buckets: Buckets) -> tuple[Plans, Buckets, dict[str, Key]]:
    """Give every plan the name of its key: the part, and, where there are several, the plant and
    the customer: "P-01 @ K1", "P-01 @ A / K1".

    Args:
        plans: with names of parts.
        buckets: quantities of several days, likewise.

    Returns:
        Both with names of keys, and what each stands for.
    """
    several = {
        what: len({*getattr(plans, what).tolist(), *getattr(buckets, what).tolist()}) > 1
        for what in ("plant", "customer")
    }
    keys: dict[str, Key] = {}
    named = replace(plans, part=_names(plans, several, keys))
    return named, replace(buckets, part=_names(buckets, several, keys)), keys


def key_name(key: Key, keys: Iterable[Key]) -> str:
    """Name a key as ``named_keys`` does.

    Args:
        key: the key.
        keys: those beside it.

    Returns:
        Its name.
    """
    all_ = [key, *keys]
    several = {what: len({getattr(each, what) for each in all_}) > 1
               for what in ("plant", "customer")}  # fmt: skip
    return _name(key.part, key.plant, key.customer, several)


def _names(rows: Plans | Buckets, several: dict[str, bool], keys: dict[str, Key]) -> Texts:
    made: dict[tuple[str, str, str], str] = {}
    out = np.empty(len(rows), dtype=object)
    triples = zip(rows.part.tolist(), rows.plant.tolist(), rows.customer.tolist(), strict=True)
    for at, key in enumerate(triples):
        if key not in made:
            made[key] = _name(*key, several)
            keys[made[key]] = Key(*key)
        out[at] = made[key]
    return out


def _name(part: str, plant: str, customer: str, several: dict[str, bool]) -> str:
    beside = [name for what, name in (("customer", customer), ("plant", plant))
              if several[what] and name]  # fmt: skip
    return f"{part} @ {' / '.join(beside)}" if beside else part
