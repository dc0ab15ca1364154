"""Settings drawn at random: any of them gives a customer, and all that can be set is."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from calloff.data.load import load
from calloff.synth import make_customer, random_settings
from calloff.synth.habits import Habits
from calloff.synth.making import Settings
from calloff.synth.random_settings import HONEST
from calloff.texts.errors import CalloffError

FIXED = {"name", "about", "targets", "start", "week", "lifetime", "inflation", "ramp"}
FIXED |= {"lot_spread", "inflation_swing"}


def drawn(count: int) -> list[Settings]:
    rng = np.random.default_rng(6)
    return [random_settings(rng) for _ in range(count)]


def test_the_same_generator_gives_the_same_settings() -> None:
    assert drawn(3) == drawn(3)
    assert len({settings.seed for settings in drawn(3)}) == 3


def test_any_settings_give_plans() -> None:
    for settings in drawn(25):
        history = make_customer(settings).history
        shape = (settings.materials.parts, settings.periods, settings.horizon + 1)
        assert history.plan.shape == shape
        known = history.plan[~np.isnan(history.plan)]
        assert np.isfinite(known).all()
        assert (known >= 0).all()
        assert np.nansum(history.calloffs) > 0


def test_a_table_is_read_as_the_triangle() -> None:
    history = make_customer(drawn(1)[0]).history
    assert load(history.table()).triangle.fingerprint == history.triangle().fingerprint


def test_each_setting_is_drawn_with_more_than_one_value() -> None:
    several = drawn(150)
    for group in ("time", "production", "materials", "ordering", "habits", None):
        each = [getattr(settings, group) if group else settings for settings in several]
        for field in fields(each[0]):
            if field.name not in FIXED:
                values = {repr(getattr(one, field.name)) for one in each}
                assert len(values) > 1, field.name


def test_some_customers_send_what_they_will_order() -> None:
    honest = [settings.habits == Habits() for settings in drawn(400)]
    assert np.mean(honest) == pytest.approx(HONEST, abs=0.06)


def test_what_is_no_generator_is_refused() -> None:
    with pytest.raises(CalloffError, match="rng is of type int"):
        random_settings(3)  # type: ignore[arg-type]
