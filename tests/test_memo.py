"""What is computed from a past is kept with it: bounded, safe under threads, gone with the past."""

from __future__ import annotations

import copy
import gc
import pickle
import weakref
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray

from calloff.data.memo import Memo, size_of
from calloff.data.triangle import Past, Query, as_days
from calloff.evaluation.backtest import backtest
from calloff.forecasters import available, named
from calloff.planning.forecast import forecast
from calloff.rolling.answers import ask, method_key
from calloff.rolling.forecaster import Fitted, Forecaster
from calloff.rolling.spec import Spec
from calloff.synth import Customer, make
from support import sent_by, triangle

SPEC = Spec(lead=1)
PLANS = {"A": {f"2024-01-{day:02}": [day, 10 * day] for day in range(1, 13)}}


def test_a_value_is_made_once() -> None:
    memo, made = Memo(), []
    for key in "aabcba":
        assert (
            memo.get("letter", key, lambda key=key: made.append(key) or key.upper()) == key.upper()
        )
    assert made == ["a", "b", "c"]


def test_the_longest_unused_of_a_kind_is_forgotten_first() -> None:
    memo, made = Memo(limit=25_000), []

    def get(kind: str, key: str) -> None:
        memo.get(kind, key, lambda: made.append(kind + key) or np.zeros(1000))  # 8,064 bytes

    for key in "abcad":  # b is the longest unused when d needs room
        get("x", key)
    get("y", "e")  # another kind, with room of its own
    for key in "acdb":
        get("x", key)
    assert made == ["xa", "xb", "xc", "xd", "ye", "xb"]
    assert memo.nbytes <= 2 * 25_000


def test_the_newest_stays_however_large() -> None:
    memo, made = Memo(limit=10), []
    for _ in range(2):
        memo.get("x", 0, lambda: made.append(0) or np.zeros(1000))
    assert made == [0]


def test_what_makes_may_use_the_memo_itself() -> None:
    memo = Memo()

    def sum_to(number: int) -> int:
        return memo.get("sum", number, lambda: number and number + sum_to(number - 1))

    assert sum_to(50) == 1275


def test_many_threads_get_one_value() -> None:
    memo = Memo(limit=100_000)

    def work(number: int) -> list[int]:
        return [id(memo.get("x", key % 7, lambda: np.zeros(100))) for key in range(number, 500)]

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(work, range(8)))
    assert len({each for ids in found for each in ids}) == 7
    assert memo.nbytes == sum(size_of(np.zeros(100)) for _ in range(7))


def test_copies_start_empty() -> None:
    memo = Memo(limit=5)
    memo.get("x", 1, lambda: "one")
    for other in (copy.deepcopy(memo), pickle.loads(pickle.dumps(memo))):
        assert (len(other), other.limit) == (0, 5)


def test_sizes_are_those_of_the_arrays() -> None:
    @dataclass(frozen=True)
    class Holder:
        one: NDArray[np.float64]
        more: tuple[object, ...]

    inner = np.zeros(1000)
    assert 8000 <= size_of(Holder(inner, (inner, {"again": inner}))) < 9000  # counted once
    past = triangle(PLANS).as_of("2024-01-12")
    assert size_of(past) >= past.known.quantity.nbytes
    earlier = past.earlier("2024-01-11")
    assert earlier.known.quantity.base is not None  # a view, which costs nothing
    assert size_of(earlier) < 1000
    assert size_of((past,)) < 1000  # counted where it is kept itself


def test_pasts_share_the_memo_they_were_cut_with_and_no_other() -> None:
    made = triangle(PLANS)
    past = made.as_of("2024-01-12")
    assert past.earlier("2024-01-05").memo is past.memo
    assert past.earlier("2024-01-05") is past.earlier("2024-01-05")
    assert made.as_of("2024-01-12").memo is not past.memo
    assert replace(past, cutoff=np.datetime64("2024-01-11")).memo is not past.memo


def test_a_memo_is_gone_with_its_past() -> None:
    past = triangle(PLANS).as_of("2024-01-12")
    ask(named(["ratio"])[0], past, past.ask("2024-01-13", 1), SPEC)
    memo = weakref.ref(past.memo)
    assert len(past.memo) > 0
    del past
    gc.collect()
    assert memo() is None


def test_a_forecast_keeps_nothing_of_its_past() -> None:
    made = sent_by(make(Customer(parts=12, days=30, faults=False)), 6)
    pasts: list[weakref.ref[Past]] = []
    as_of = type(made).as_of

    def watched(self: object, day: object = None) -> Past:
        past = as_of(self, day)  # type: ignore[arg-type]
        pasts.append(weakref.ref(past))
        return past

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(made), "as_of", watched)
        found = forecast(made, method="blend", quantiles=[0.1, 0.9])
    gc.collect()
    assert found.table.height > 0
    assert [past() for past in pasts] == [None]


# --- what is the same question


class Constant(Fitted):
    def __init__(self, value: float) -> None:
        self.value = value

    def predict(self, query: Query) -> NDArray[np.float64]:
        return np.full(len(query.plan), self.value)


@dataclass
class Changing(Forecaster):
    """Its field may be set: no frozen value."""

    value: float = 1.0
    name: str = "changing"

    def fit(self, past: Past, spec: Spec) -> Constant:
        return Constant(self.value)


@dataclass(frozen=True)
class Listing(Forecaster):
    """Frozen, but with a field that cannot be hashed."""

    values: list[float] = field(default_factory=lambda: [1.0])
    name: str = "listing"

    def fit(self, past: Past, spec: Spec) -> Constant:
        return Constant(self.values[0])


class Plain(Forecaster):
    """No dataclass at all; hashed by its identity."""

    name = "plain"
    value = 1.0

    def fit(self, past: Past, spec: Spec) -> Constant:
        return Constant(self.value)


@dataclass(frozen=True)
class ByLead(Forecaster):
    name: str = "by-lead"
    rank: ClassVar[int] = 60

    def fit(self, past: Past, spec: Spec) -> Fitted:
        return Lead()


class Lead(Fitted):
    def predict(self, query: Query) -> NDArray[np.float64]:
        return np.full(len(query.plan), float(query.lead))


@pytest.mark.parametrize("method", [Changing(), Listing(), Plain()])
def test_a_method_that_changes_gives_right_numbers(method: Forecaster) -> None:
    past = triangle(PLANS).as_of("2024-01-12")
    query = past.ask("2024-01-13", 1)
    assert method_key(method) is None
    assert ask(method, past, query, SPEC).pieces.tolist() == [1]
    if isinstance(method, Listing):
        method.values[0] = 2.0
    else:
        method.value = 2.0  # type: ignore[attr-defined]
    assert ask(method, past, query, SPEC).pieces.tolist() == [2]


def test_a_method_that_cannot_be_hashed_can_be_backtested() -> None:
    table = backtest(triangle(PLANS), SPEC, methods=[Listing([3.0])], quantiles=[0.9])
    assert set(table["forecast"]) == {3.0}


def test_the_lead_is_part_of_the_question() -> None:
    past = triangle(PLANS).as_of("2024-01-12")
    said = [ask(ByLead(), past, past.ask("2024-01-13", lead), SPEC).pieces[0] for lead in (1, 2)]
    assert said == [1, 2]


def test_a_question_is_told_by_all_that_is_in_it() -> None:
    day, plan = np.array(["2024-01-12"], "M8[D]"), np.array([5.0])
    query = Query(np.datetime64("2024-01-14"), 2, np.array([3]), day, plan)
    others: tuple[dict[str, Any], ...] = (
        {"target": np.datetime64("2024-01-15")},
        {"lead": 1},
        {"day": day - as_days(1)},
        {"plan": plan + 1},
    )
    keys = [query.key, *(replace(query, **other).key for other in others)]
    assert len(set(keys)) == 5
    assert replace(query, day=day.copy()).key == query.key


def test_what_was_asked_before_changes_no_answer() -> None:
    """The same plans at other leads, by other methods, for other levels: each as if asked first."""
    made = sent_by(make(Customer(parts=4, days=14, faults=False)), 6)
    (lstm, *others), shared = named(["lstm", "combined", "auto"]), made.as_of()
    asked = product((lstm, replace(lstm, tuned=False), *others), (2, 3), (0.1, 0.9))
    for method, lead, level in asked:
        said = []
        for past in (shared, made.as_of()):
            query = past.ask(past.cutoff + as_days(2), 2)
            answer = ask(method, past, query, Spec(lead), [level])
            said.append([answer.pieces, answer.quantiles])
        for one, other in zip(*said, strict=True):
            np.testing.assert_array_equal(one, other)


def test_what_is_kept_is_bounded() -> None:
    memo = Memo()
    for key in range(100):
        memo.get("large", key, lambda: np.zeros(1 << 17))  # 1 MiB, of which nothing is touched
    assert 60 << 20 < memo.nbytes <= 64 << 20


def test_built_in_methods_are_remembered() -> None:
    keys = [method_key(method) for method in available().values()]
    assert None not in keys
    assert len(set(keys)) == len(keys)


def test_other_fields_make_another_method() -> None:
    (one,) = named(["lstm"])
    assert method_key(one) != method_key(replace(one, tuned=False))
    assert method_key(one) == method_key(replace(one))
