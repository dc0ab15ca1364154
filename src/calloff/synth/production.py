"""What a made-up customer builds, and its schedules for it: lines, each with several variants of a
product, of which every period has another mix.

A schedule is revised from period to period, a line's output and the mix of its variants each in
small steps, so that it is the better the nearer the period is (the martingale model of forecast
evolution; Heath & Jackson 1994). What a line does not finish it builds in the next period it works.

Dimensions: S periods scheduled, T of them issued, H horizon, K lines, V variants of all lines.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Change:
    """From one period on, the output is another for good.

    Attributes:
        period: from which it is.
        factor: output after over output before.
        notice: number of periods before it at which schedules know of it; below 0, so many after.
    """

    period: int
    factor: float
    notice: int = 1


@dataclass(frozen=True)
class Production:
    """What a customer builds.

    Attributes:
        lines: their number.
        variants: number of those of each line.
        output: products of a line in a full period.
        swing: how the output moves over time (standard deviation of a logarithm, as are the next
            three).
        mix_swing: how the mix of variants moves over time.
        revision: by how much the output of a schedule is revised in one period.
        mix_revision: by how much its mix is.
        slip: mean share of a period's output that is left to the next.
        season: half the range of output over a year, relative to its mean.
        change: of the output for good; None for none.
    """

    lines: int = 3
    variants: int = 4
    output: float = 150.0
    swing: float = 0.08
    mix_swing: float = 0.4
    revision: float = 0.03
    mix_revision: float = 0.06
    slip: float = 0.0
    season: float = 0.0
    change: Change | None = None


@dataclass(frozen=True)
class Schedule:
    """What is scheduled and built (S periods, T of them issued, H horizon, V variants).

    Attributes:
        built: products (S, V).
        planned: products scheduled in period t for t + h (T, H+1, V), the first being what is
            built.
        line: the line of each variant (V).
    """

    built: Values
    planned: Values
    line: NDArray[np.int64]


def schedule(
    production: Production, load: Values, issued: int, cadence: int, rng: np.random.Generator
) -> Schedule:
    """Draw the schedules of the first periods.

    Args:
        production: what is built.
        load: how much of a full period each line works (S, K), from 0 to 1.
        issued: number of periods with a schedule (T).
        cadence: days in a period.
        rng: source of random numbers.

    Returns:
        The schedules, of a horizon of S - T periods.

    Source:
        Heath & Jackson 1994, the martingale model of forecast evolution.
    """
    line = np.repeat(np.arange(production.lines), production.variants)
    periods, horizon = len(load), len(load) - issued
    target = _output(production, load, cadence, rng)[:, line] * _mix(production, periods, rng)
    built = slipped(target, production.slip, load, line, rng)
    error = _revisions(production.revision, (periods, horizon, production.lines), rng)[:, :, line]
    error = error + _revisions(production.mix_revision, (periods, horizon, len(line)), rng)
    ahead = np.arange(horizon + 1)
    at = np.arange(issued)[:, None] + ahead  # (T, H+1): the period that is scheduled
    planned = target[at] * np.exp(error[at, ahead])
    planned /= _unknown(production.change, at, ahead)[:, :, None]
    planned[:, 0] = built[:issued]
    return Schedule(built, planned, line)


def wander(shape: tuple[int, ...], size: float, keep: float, rng: np.random.Generator) -> Values:
    """Draw an autoregressive series along the first axis.

    Args:
        shape: of the values.
        size: their standard deviation.
        keep: share of the value before that is kept, from 0 to 1.
        rng: source of random numbers.

    Returns:
        Values of mean 0.
    """
    noise = rng.normal(0, size, shape)
    noise[1:] *= np.sqrt(1 - keep**2)
    for period in range(1, shape[0]):
        noise[period] += keep * noise[period - 1]
    return noise


def _output(production: Production, load: Values, cadence: int, rng: np.random.Generator) -> Values:
    """Products of each line (S, K)."""
    size = production.output * np.exp(rng.normal(0, 0.3, production.lines))
    swing = np.exp(wander(load.shape, production.swing, 0.8, rng))
    period = np.arange(len(load))[:, None]
    year = 1 + production.season * np.sin(2 * np.pi * cadence * period / 365)
    change = production.change or Change(0, 1.0)
    level = np.where(period >= change.period, change.factor, 1.0)
    return size * load * swing * year * level


def _mix(production: Production, periods: int, rng: np.random.Generator) -> Values:
    """Shares of a line's variants in its output (S, V), which add up to 1 for each line."""
    shape = (periods, production.lines, production.variants)
    weight = np.exp(rng.normal(0, 0.5, shape[1:]) + wander(shape, production.mix_swing, 0.5, rng))
    share: Values = weight / weight.sum(axis=2, keepdims=True)
    return share.reshape(periods, -1)


def slipped(
    target: Values, slip: float, load: Values, line: NDArray[np.int64], rng: np.random.Generator
) -> Values:
    """Build what is scheduled, where a share of each working period is left to the next.

    Args:
        target: products scheduled (S, V).
        slip: mean of that share.
        load: how much of a full period each line works (S, K), from 0 to 1.
        line: the line of each variant (V).
        rng: source of random numbers.

    Returns:
        Products built (S, V).
    """
    if not slip:
        return target
    share = rng.beta(4 * slip, 4 * (1 - slip), load.shape)[:, line]
    built, left = np.zeros_like(target), np.zeros(target.shape[1])
    for period, works in enumerate((load > 0)[:, line]):
        missed = np.where(works, share[period] * target[period], left)
        built[period] = np.where(works, target[period] + left - missed, 0.0)
        left = missed
    return built


def _revisions(size: float, shape: tuple[int, int, int], rng: np.random.Generator) -> Values:
    """Errors of the logarithm (S, H+1, ...) ``h`` periods before: the sum of the revisions still
    to come, such that a schedule is right on average."""
    steps = rng.normal(0, size, shape) - size**2 / 2
    return np.concatenate([np.zeros((shape[0], 1, shape[2])), np.cumsum(steps, axis=1)], axis=1)


def _unknown(change: Change | None, at: NDArray[np.int64], ahead: NDArray[np.int64]) -> Values:
    """What a schedule (T, H+1) is to be divided by, as it does not know of a change yet."""
    if change is None:
        return np.ones(at.shape)
    issued = at - ahead
    return np.where((at >= change.period) & (issued < change.period - change.notice),
                    change.factor, 1.0)  # fmt: skip
