"""How accurate each method is on many customers, beside contenders on the same information.

    python benchmarks/accuracy.py [--customers A,B] [--methods A,B] [--without A,B] [--quick]
        [--quantiles own|all|none] [--cache FOLDER] [--json FILE] [--with FILE]
        [--missing] [--page FILE] [--processes N]

For each customer of the bank (synthetic ones, and real ones where their files are at hand) every
method of calloff by `calloff.backtest` with default settings, and LightGBM and statsforecast
(`pip install '.[bench]'`) by the same protocol: mean absolute error, its ratio to the plan's,
regret (the error over that of the best single method on that customer in hindsight), pinball loss
and coverage where a method has quantiles of its own, and processor seconds. Each method on each
customer runs in a process of its own, so no method lives on what another left in memory.

--quick scores a few target days only. --cache keeps the contenders' results, by the content of all
that they depend on. --with takes figures of an earlier run (its --json) for methods and customers
that are not run now; with --missing only what these lack is run, so that a run that was cut short
can go on. Tables are printed in Markdown; --page writes the page of the documentation.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from pathlib import Path

# One thread for linear algebra: some results depend on how many there are, and processes share the
# cores. Before NumPy is loaded, and inherited by the processes.
for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

from accuracy_customers import Case, cases, chosen  # noqa: E402
from accuracy_run import ALL, NONE, OWN, Job, Result, methods, run  # noqa: E402
from accuracy_tables import COMBINED, matrix, page, regrets, summary  # noqa: E402


def results_of(jobs: Sequence[Job], processes: int) -> Iterator[Result]:
    """Results as they come. A process for each job; they start from a clean one."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context, max_tasks_per_child=1) as pool:
        waiting = [pool.submit(run, job) for job in jobs]
        for done, future in enumerate(as_completed(waiting), start=1):
            result = future.result()
            figure = f"{result.mae:.2f}" if result.mae is not None else result.failed
            print(f"{done}/{len(jobs)} {result.case} {result.method}: {figure}, "
                  f"{result.seconds:.1f} s", file=sys.stderr, flush=True)  # fmt: skip
            yield result


def ordered(jobs: Sequence[Job]) -> list[Job]:
    """Methods made of others first: they take longest, and should not be waited for at the end."""
    return sorted(jobs, key=lambda job: job.method not in COMBINED)


def earlier(file: Path | None, jobs: Sequence[Job]) -> list[Result]:
    """Figures of an earlier run for what is not run now."""
    if file is None:
        return []
    now = {(job.case, job.method) for job in jobs}
    rows = json.loads(file.read_text(encoding="utf-8"))["results"]
    return [Result(**{key: row[key] for key in Result.__dataclass_fields__ if key in row})
            for row in rows if (row["case"], row["method"]) not in now]  # fmt: skip


def missing(jobs: Sequence[Job], results: Sequence[Result]) -> list[Job]:
    """The jobs of which there is no figure yet; what failed is tried again."""
    known = {(each.case, each.method) for each in results if each.mae is not None}
    return [job for job in jobs if (job.case, job.method) not in known]


def figures(results: Sequence[Result]) -> str:
    """As JSON, with regrets, in the order of customers and methods."""
    regret = regrets(results)
    rows = [{**asdict(each), "regret": regret.get((each.case, each.method))} for each in results]
    return json.dumps({"results": rows}, indent=1) + "\n"


def names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--customers", type=names, help="names, with commas (all)")
    parser.add_argument("--methods", type=names, help="names, with commas (all)")
    parser.add_argument("--without", type=names, default=[], help="methods to leave out")
    parser.add_argument("--quick", action="store_true", help="a few target days of each customer")
    parser.add_argument("--quantiles", choices=(OWN, ALL, NONE), default=OWN,
                        help="score quantiles of methods with their own (own)")  # fmt: skip
    parser.add_argument("--cache", type=Path, help="folder for the contenders' results")
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    parser.add_argument("--with", dest="earlier", type=Path, help="figures of an earlier run")
    parser.add_argument("--missing", action="store_true", help="run only what these lack")
    parser.add_argument("--page", type=Path, help="write the page of the documentation")
    parser.add_argument("--processes", type=int, default=2, help="at a time (2)")
    return parser


def asked(args: argparse.Namespace) -> list[Case]:
    """The customers, those whose file is not at hand left out, and said so."""
    wanted = chosen(args.customers)
    for case in wanted:
        if not case.at_hand:
            print(f"left out, not at hand: {case.name} ({case.file})", file=sys.stderr)
    return [case for case in wanted if case.at_hand]


def main() -> None:
    args = arguments().parse_args()
    jobs = [Job(case.name, method, args.quick, args.quantiles, args.cache)
            for case in asked(args) for method in methods(args.methods, args.without)]  # fmt: skip
    if args.missing:
        jobs = missing(jobs, earlier(args.earlier, []))
    results = earlier(args.earlier, jobs)
    for result in results_of(ordered(jobs), args.processes):
        results.append(result)
        if args.json:  # after each: a long run that is cut short leaves what it has
            args.json.write_text(figures(results), encoding="utf-8")
    known = [case for case in cases() if any(each.case == case.name for each in results)]
    # Of an earlier run there may be contenders that are not installed here.
    there = [each.method for each in results]
    order = [name for name in dict.fromkeys([*methods(None), *there]) if name in there]
    results.sort(key=lambda each: (each.case, order.index(each.method)))
    regret = regrets(results)
    print(summary(known, order, regret), matrix(known, order, regret), sep="\n")
    if args.json:
        args.json.write_text(figures(results), encoding="utf-8")
    if args.page:
        args.page.write_text(page(known, order, results), encoding="utf-8")


if __name__ == "__main__":
    main()
