"""The bank: synthetic customers of many kinds, by which forecasts are judged.

Each is made from seeded settings by a small simulation (``making``): lines, bills of material,
stock and lots, and the customer's habits. Most of the customers that networks are trained on are
drawn in another way (``random_customer``), the others simulated as these are, from settings that
are drawn (``random_settings``).
"""

from __future__ import annotations

from calloff.synth.habits import Habits
from calloff.synth.making import Made, Settings, make_customer
from calloff.synth.materials import Materials
from calloff.synth.ordering import Ordering
from calloff.synth.production import Change, Production
from calloff.synth.working_time import WorkingTime
from calloff.texts.arguments import one_of, require

SATURDAYS = (1.0, 1.0, 1.0, 1.0, 1.0, 0.4, 0.0)

BANK: tuple[Settings, ...] = (
    Settings(
        "daily-good",
        "Sixty parts of three lines, a plan that is nearly right three days ahead, half days on "
        "which only some lines work.",
        seed=101, periods=75, horizon=8, lead=3, targets=20,
        time=WorkingTime(holidays=(21, 44, 45), short=0.08, by_line=True),
        production=Production(revision=0.015, mix_revision=0.03),
        materials=Materials(parts=60),
        ordering=Ordering(loss=0.02),
    ),
    Settings(
        "daily-biased",
        "Forty parts, always planned a quarter too high, parts a little more or less so.",
        seed=102, periods=60, horizon=10, lead=2, targets=20,
        production=Production(revision=0.04, mix_revision=0.08),
        materials=Materials(parts=40),
        habits=Habits(bias=1.25, part_bias=0.1),
    ),
    Settings(
        "daily-drifting",
        "Eighty parts, Saturdays worked in part; the plan is too low by a sixth at first and, "
        "drifting, 1.5 times what is called off in the end.",
        seed=103, periods=130, horizon=10, lead=4, targets=20,
        time=WorkingTime(week=SATURDAYS, holidays=(30, 31, 88)),
        production=Production(lines=4, swing=0.15, revision=0.04),
        materials=Materials(parts=80),
        habits=Habits(bias=0.83, drift=1.8, part_bias=0.15),
    ),
    Settings(
        "daily-slipping",
        "A hundred parts of five lines, which leave three tenths of each day's work to the next; "
        "half days, and holidays with stale copies.",
        seed=104, periods=50, horizon=6, lead=3, targets=12,
        time=WorkingTime(holidays=(14, 15, 16, 35), short=0.1),
        production=Production(lines=5, variants=6, mix_swing=0.7, slip=0.3),
        materials=Materials(parts=100),
        ordering=Ordering(reserve=0.2),
    ),
    Settings(
        "daily-nervous",
        "Thirty parts over two years; each day all plans are drawn anew around the truth, and "
        "one day in twelve yesterday's plan comes again.",
        seed=105, periods=730, horizon=7, lead=3, targets=30,
        time=WorkingTime(holidays=(0, 118, 213, 214, 215, 357, 358, 480, 579, 580, 722)),
        production=Production(swing=0.2, revision=0.05, season=0.2),
        materials=Materials(parts=30),
        habits=Habits(nervous=0.45, copies=0.08),
    ),
    Settings(
        "daily-new",
        "A hundred and twenty parts, scored from the sixth day on: five days of history.",
        seed=106, periods=16, horizon=8, lead=3, targets=5,
        production=Production(lines=4, slip=0.1, revision=0.05),
        materials=Materials(parts=120),
        habits=Habits(bias=1.12, part_bias=0.2),
    ),
    Settings(
        "daily-lumpy",
        "A hundred and fifty parts in large lots, called off on one day in six; the plan has the "
        "lot right and the day wrong.",
        seed=107, periods=100, horizon=12, lead=4, targets=15,
        production=Production(revision=0.06, mix_revision=0.15),
        materials=Materials(parts=150, spread=1.5),
        ordering=Ordering(lots=6.0, loss=0.3, reserve=1.0),
    ),
    Settings(
        "daily-regime",
        "Fifty parts; seven weeks before the end the output falls to 0.55 of what it was, and the "
        "plan goes on as before for eight days more.",
        seed=108, periods=110, horizon=8, lead=4, targets=35,
        production=Production(swing=0.12, revision=0.04, change=Change(62, 0.55, notice=-8)),
        materials=Materials(parts=50),
        habits=Habits(bias=1.08),
    ),
    Settings(
        "daily-large",
        "About two thousand parts of eight lines that move together, some of which come and go.",
        seed=109, periods=45, horizon=5, lead=2, targets=6,
        time=WorkingTime(short=0.08, by_line=True),
        production=Production(lines=8, swing=0.25, revision=0.1, slip=0.12),
        materials=Materials(parts=2000, passing=0.2, lifetime=(10, 40)),
        habits=Habits(part_bias=0.2),
    ),
    Settings(
        "weekly-inflated",
        "A hundred and twenty parts over two years, half of them planned two to seven times too "
        "high; many come and go, and are planned on when they are gone.",
        seed=110, periods=104, horizon=4, cadence=7, lead=28, targets=40,
        time=WorkingTime(short=0.06, short_load=0.6),
        production=Production(output=900, swing=0.2, revision=0.08, season=0.25),
        materials=Materials(parts=120, spread=1.6, passing=0.6, lifetime=(10, 80)),
        ordering=Ordering(lots=0.5, loss=0.35, reserve=0.6),
        habits=Habits(bias=1.1, inflated=0.5, forgotten=6),
    ),
    Settings(
        "weekly-revised",
        "Eighty parts, six revisions of each week's plan; by two weeks before, hardly anything "
        "is as good as the plan.",
        seed=111, periods=70, horizon=6, cadence=7, lead=14, targets=25,
        production=Production(output=700, swing=0.3, mix_swing=0.6, revision=0.05),
        materials=Materials(parts=80, passing=0.1),
        ordering=Ordering(loss=0.04, reserve=0.3),
    ),
    Settings(
        "weekly-passing",
        "Two hundred and fifty parts, nearly all of which come and go within the year and a half.",
        seed=112, periods=80, horizon=5, cadence=7, lead=21, targets=25,
        production=Production(lines=5, output=400, revision=0.1, mix_revision=0.15),
        materials=Materials(parts=250, passing=0.9, lifetime=(5, 45), ramp=4),
        ordering=Ordering(lots=0.4, loss=0.15),
        habits=Habits(bias=1.1, part_bias=0.3, forgotten=3),
    ),
    Settings(
        "weekly-short",
        "Ninety parts, eighteen weeks in all; a plan a tenth too low, and a tenth of each week's "
        "work left to the next.",
        seed=114, periods=18, horizon=5, cadence=7, lead=14, targets=8,
        production=Production(lines=4, output=500, slip=0.1, mix_revision=0.12),
        materials=Materials(parts=90),
        ordering=Ordering(lots=0.2, loss=0.08),
        habits=Habits(bias=0.9, part_bias=0.15),
    ),
    Settings(
        "weekly-lots",
        "Ten parts over two years, in lots of several weeks' need; a plan that moves by a week "
        "from one Monday to the next.",
        seed=113, periods=104, horizon=6, cadence=7, lead=14, targets=50,
        production=Production(output=80, season=0.3, revision=0.06),
        materials=Materials(parts=10, spread=1.0, common=0.3),
        ordering=Ordering(lots=2.5, loss=0.15, reserve=1.0),
        habits=Habits(nervous=0.1, moved=0.15),
    ),
)  # fmt: skip


def bank(name: str) -> Made:
    """Make a customer of the bank.

    Args:
        name: its name in ``BANK``.

    Returns:
        The customer.

    Raises:
        CalloffError: there is none of this name.
    """
    require(one_of(name, "name", [each.name for each in BANK]))
    return make_customer(next(each for each in BANK if each.name == name))
