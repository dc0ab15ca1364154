"""One customer in several jobs, by groups of parts: an option where it is too large for a machine.

All that is learned from several parts (networks, ratios, weights, ranges) is learned from a sample
that is drawn once, the same in each job; the other parts of a group are forecast with it, as parts
that are left out of statistics are. A worker reads its group and the sample only. That is another
result than a forecast of the whole customer, which learns from all of its parts.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from calloff.planning.many import Group, Job
from calloff.store.converting import current
from calloff.store.folder import is_store
from calloff.store.reading_back import stored_parts
from calloff.store.selection import Request
from calloff.texts.arguments import instance, require, whole
from calloff.texts.errors import fail

SAMPLE = 500  # parts: as many of a target day are what the networks are trained on anyway
MOST = 1_000_000


def split(job: Job, groups: int, *, sample: int = SAMPLE, seed: int = 0) -> tuple[Job, ...]:
    """Split a job by groups of parts, for ``forecast_many``.

    Args:
        job: of a customer in a store.
        groups: how many, from 2 to a million; at most one for each part.
        sample: number of parts from which is learned, from 1 to a million; at most all.
        seed: of the draw of the sample.

    Returns:
        A job for each group, of the same settings; each part is in one of them.

    Raises:
        CalloffError: an argument is not as above, or the job is not of a store.
    """
    require(
        instance(job, "job", Job),
        whole(groups, "groups", 2, MOST),
        whole(sample, "sample", 1, MOST),
        whole(seed, "seed", 0, 2**63 - 1),
    )
    if len(job.inputs) != 1 or not is_store(job.inputs[0]):
        raise fail("many.split", name=job.name)
    request = Request(job.customer, job.plant, job.last, job.settings.as_of)
    parts = stored_parts(current(job.inputs[0]), request)
    left_out = {name for name in job.settings.exclude if name in parts}
    known = [part for part in parts if part not in left_out] or parts
    drawn = np.random.default_rng(seed).choice(len(known), min(sample, len(known)), replace=False)
    learned = frozenset(known[at] for at in drawn.tolist())
    pieces = np.array_split(np.arange(len(parts)), min(groups, len(parts)))
    made = [Group(frozenset(parts[at] for at in piece.tolist()), learned) for piece in pieces]
    return tuple(
        replace(job, name=f"{job.name} {number} of {len(made)}", group=group)
        for number, group in enumerate(made, start=1)
    )
