"""One method on one customer: its backtest, its scores, and what they took.

Contenders' results are kept by the content of all that they depend on, so that a run of new methods
need not wait for them again. Those of calloff's own methods are not: its code changes.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import calloff
from accuracy_customers import Case, chosen
from accuracy_series import SERIES
from accuracy_trees import LightGBM
from calloff.evaluation.scores import score_quantiles
from calloff.forecasters import available

CONTENDERS: dict[str, calloff.Forecaster] = {
    method.name: method for method in (LightGBM(), *SERIES)
}
NEEDS = {name: "lightgbm" if name == "lightgbm" else "statsforecast" for name in CONTENDERS}
LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9)
OWN, ALL, NONE = "own", "all", "none"  # which methods' quantiles are scored


@dataclass(frozen=True)
class Job:
    """What a process is given to do."""

    case: str
    method: str
    quick: bool = False
    quantiles: str = OWN
    cache: Path | None = None


@dataclass(frozen=True)
class Result:
    """mae and plan_mae in pieces; x_plan, bias, pairs and stand_ins as ``calloff.score`` has them;
    pinball, coverage (of 10 to 90 %) and width where there are quantiles; seconds of the
    processors, quantiles included; failed: why there are no figures."""

    case: str
    method: str
    mae: float | None = None
    plan_mae: float | None = None
    x_plan: float | None = None
    bias: float | None = None
    pairs: int = 0
    stand_ins: int = 0
    targets: int = 0
    pinball: float | None = None
    coverage: float | None = None
    width: float | None = None
    seconds: float = 0.0
    failed: str | None = None


def methods(names: Sequence[str] | None, without: Sequence[str] = ()) -> tuple[str, ...]:
    """Names of calloff's methods and of the contenders; all that can run by default."""
    every = {**available(), **CONTENDERS}
    unknown = [name for name in (*(names or ()), *without) if name not in every]
    if unknown:
        raise SystemExit(f"no such method: {', '.join(unknown)}; there are {', '.join(every)}")
    wanted = names or [name for name in every if installed(name)]
    return tuple(name for name in dict.fromkeys(wanted) if name not in without)


def installed(name: str) -> bool:
    """Whether what a contender needs is there; calloff's own methods are."""
    try:
        return name not in NEEDS or bool(version(NEEDS[name]))
    except PackageNotFoundError:
        return False


def run(job: Job) -> Result:
    """Do a job, or find what came of it before. What goes wrong is told in the result."""
    try:
        return _run(job)
    except Exception as problem:  # one method's failure must not cost the others' hours
        return Result(job.case, job.method, failed=f"{type(problem).__name__}: {problem}")


def _run(job: Job) -> Result:
    (case,) = (each for each in chosen([job.case]) if each.name == job.case)
    triangle = case.triangle()
    span = case.span(triangle, job.quick)
    if job.method not in CONTENDERS or job.cache is None:
        return scored(case, triangle, span, job)
    file = job.cache / f"{case.name}-{job.method}-{content(job.method, triangle, case, span)}.json"
    if file.exists():
        return Result(**json.loads(file.read_text(encoding="utf-8")))
    result = scored(case, triangle, span, job)
    job.cache.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(asdict(result)), encoding="utf-8")
    return result


def content(method: str, triangle: calloff.Triangle, case: Case, span: tuple[str, str]) -> str:
    """A digest of all that a contender's figures depend on: plans, question, method, its code."""
    here = Path(__file__).parent
    files = ("accuracy_trees.py", "accuracy_series.py")
    code = [(here / name).read_text(encoding="utf-8") for name in files]
    whole = [triangle.fingerprint, case.lead, span, repr(CONTENDERS[method]), *code,
             version(NEEDS[method]), *Result.__dataclass_fields__]  # fmt: skip
    return blake2b(json.dumps(whole).encode(), digest_size=8).hexdigest()


def scored(case: Case, triangle: calloff.Triangle, span: tuple[str, str], job: Job) -> Result:
    """Backtest and score a method."""
    method = CONTENDERS.get(job.method) or available()[job.method]
    wanted = job.quantiles == ALL or (job.quantiles == OWN and method.spreads)
    levels = LEVELS if wanted else ()
    begin = time.process_time()
    pairs = calloff.backtest(triangle, calloff.Spec(lead=case.lead), methods=[method],
                             first=span[0], last=span[1], quantiles=levels)  # fmt: skip
    seconds = time.process_time() - begin
    figures: dict[str, Any] = calloff.score(pairs).row(0, named=True)
    if levels:
        columns = [f"q{100 * level:g}" for level in levels]
        sure = score_quantiles(pairs, columns)
        figures |= sure.select("pinball", "coverage", "width").to_dicts()[0] if len(sure) else {}
    kept = {key: figures[key] for key in figures.keys() & Result.__dataclass_fields__.keys()}
    plan = float((pairs["plan"] - pairs["actual"]).abs().mean())
    more = {"plan_mae": plan, "targets": pairs["target"].n_unique(), "seconds": seconds}
    return Result(**{**kept, **more, "case": case.name, "method": job.method})
