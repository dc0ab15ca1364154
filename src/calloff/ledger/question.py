"""What a forecast was asked, as a value that can be written down and asked again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from calloff.data.cleaning import Policy
from calloff.data.load import Loaded
from calloff.planning.build import build_spec
from calloff.planning.results import Settings
from calloff.rolling.spec import Spec
from calloff.store.arrivals import StoreArrivals
from calloff.store.folder import Store
from calloff.store.load import load_request
from calloff.store.manifest import reading
from calloff.store.selection import Request, chosen_customers, state_of
from calloff.texts.catalogue import plain
from calloff.texts.errors import Where, fail


@dataclass(frozen=True)
class Question:
    """What a forecast was asked.

    Attributes:
        customer: whose plans, by the name in the store.
        plant: only those for this plant; None for all.
        weeks: whether weeks were forecast instead of days.
        first: the first issue day (ISO) that counts.
        newest: the number of the last file of this customer that counts.
        inputs: a digest of all files of this customer that count.
        policy: how conflicts and totals were settled.
        settings: what was asked for, with the day of the forecast.
    """

    customer: str
    plant: str | None
    weeks: bool
    first: str
    newest: int
    inputs: str
    policy: Policy
    settings: Settings

    @property
    def request(self) -> Request:
        """The plans of the store that count."""
        return Request(self.customer, self.plant, first=self.first, newest=self.newest)

    def text(self) -> str:
        """It as JSON, with its names in order: equal for equal questions."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)


def question_of(
    store: Store, loaded: Loaded, settings: Settings, policy: Policy | None = None
) -> Question:
    """Put together what a forecast from a store is asked.

    Args:
        store: the store.
        loaded: plans of one customer in it.
        settings: what is asked for, with a day and without forecasters of one's own.
        policy: how conflicts and totals were settled; by default, quarantine and total.

    Returns:
        The question.

    Raises:
        CalloffError: the plans are not of one customer of a store, or the method is no name.
    """
    arrivals, where = loaded.triangle.arrivals, Where(file=plain(str(store.root)))
    if not isinstance(arrivals, StoreArrivals):
        raise fail("ledger.no_store", where)
    with reading(store) as log:
        customers = chosen_customers(log, arrivals.request.customer)
    if len(customers) != 1:
        raise fail("ledger.one_customer", where)
    if not isinstance(settings.method, str | None):
        raise fail("ledger.own_method", where)
    request = arrivals.request
    newest, inputs = state_of(store, customers[0], request.newest)  # others may be adding
    return Question(
        customer=customers[0],
        plant=request.plant,
        weeks=arrivals.weeks,
        first=request.first,
        newest=newest,
        inputs=inputs,
        policy=policy or Policy(),
        settings=settings,
    )


def read_question(text: str) -> Question:
    """Read a question that was written down.

    Args:
        text: from ``Question.text``.

    Returns:
        The question.

    Raises:
        ValueError: the text is not of a question.
    """
    try:
        values = json.loads(text)
        made = {**values, "policy": Policy(**values["policy"]),
                "settings": _settings(values["settings"])}  # fmt: skip
        return Question(**made)
    except (KeyError, TypeError) as error:
        raise ValueError(str(error)) from error


def _settings(values: Mapping[str, Any]) -> Settings:
    listed = {name: tuple(values[name]) for name in ("quantiles", "exclude")}
    made = build_spec(values["build"])
    return Settings(**{**values, **listed, "spec": Spec(**values["spec"]), "build": made})


def load_again(store: Store, question: Question) -> Loaded:
    """Load the plans that a question was asked of, whatever came since.

    Args:
        store: the store.
        question: the question.

    Returns:
        The same plans as then.

    Raises:
        CalloffError: they are not there any more.
    """
    loaded = load_request(store, question.request, question.policy)
    return loaded.by_week() if question.weeks else loaded
