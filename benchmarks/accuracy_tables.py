"""Results as tables in Markdown: regret of every method on every customer, and each customer's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import mean

from accuracy_customers import Case
from accuracy_run import CONTENDERS, Result

COMBINED = ("combined", "auto")  # made of other methods: not what regret is measured against
Regrets = Mapping[tuple[str, str], float]

HEAD = """# On many customers

*For whoever chooses a method, or doubts the default.*

How good is each method on customers of many kinds, and how near does one come to the best there is for each? This page is made by `python benchmarks/accuracy.py` ([how](#how-it-is-made)); nothing on it is typed by hand.

- **Regret** is a method's mean absolute error over that of the best single method on that customer, known in hindsight only. 1.00 is the best; a method that combines others (here {combined}) can be below.
- **Contenders** from other libraries get the same information by the same [protocol](protocol.md): {contenders}.
- Where a method has nothing to say, the plan as sent stands in, for all methods alike.

"""  # noqa: E501
ABOUT_CONTENDERS = {
    "lightgbm": "`lightgbm`, pooled trees on each part's last eight call-offs and plans",
    "autoets": "`autoets`, `croston-sba` and `sf-tsb` of statsforecast, on each part's call-offs "
               "alone",
}  # fmt: skip
FOOT = """
## How it is made

```
pip install '.[bench]'
python benchmarks/accuracy.py --json accuracy.json --page docs/accuracy.md --cache accuracy-cache
```

The synthetic customers are those of `calloff.synth.BANK`, the same on every computer; the networks were trained on others of the same simulator. The real ones are read from `../shared/data` beside the project, or from the folder that `CALLOFF_DATA` names, and left out where they are not there. Each method runs in a process of its own with default settings, fitted anew to each origin's past. Pinball loss is the mean over the 10, 25, 50, 75 and 90 % quantiles, coverage the share of call-offs between the outer two; they are given for methods that have quantiles of their own. Seconds are those of the processors, quantiles included.
"""  # noqa: E501


def regrets(results: Sequence[Result]) -> dict[tuple[str, str], float]:
    """By case and method; of those that have figures, where the best single method has an error.

    Raises ValueError where the methods of a case were not scored on the same pairs."""
    found = {}
    for case in dict.fromkeys(result.case for result in results):
        here = [each for each in results if each.case == case and each.mae is not None]
        if len({(each.pairs, round(each.plan_mae or 0, 6)) for each in here}) > 1:
            raise ValueError(f"{case}: the methods were not scored on the same pairs")
        best = min((each.mae for each in here if single(each) and each.mae), default=None)
        found |= {(case, each.method): each.mae / best for each in here if best and each.mae}
    return found


def single(result: Result) -> bool:
    return result.method not in COMBINED


def summary(cases: Sequence[Case], methods: Sequence[str], regret: Regrets) -> str:
    """Of each method the mean and the worst regret, the leads of one customer counted as one."""
    rows = []
    for method in methods:
        here = {case.name: regret[case.name, method] for case in cases
                if (case.name, method) in regret}  # fmt: skip
        if here:
            worst = max(here, key=here.__getitem__)
            rows.append((_mean(cases, here), method, worst, here[worst],
                         sum(each <= 1.005 for each in here.values()), len(here)))  # fmt: skip
    lines = [(f"`{method}`", f"{average:.3f}", f"{most:.2f}", worst, f"{best} of {count}")
             for average, method, worst, most, best, count in sorted(rows)]  # fmt: skip
    return table(("method", "mean regret", "worst", "where", "best within 0.5 %"), lines)


def _mean(cases: Sequence[Case], here: Mapping[str, float]) -> float:
    customers = dict.fromkeys(case.customer for case in cases if case.name in here)
    return mean(
        mean(here[case.name] for case in cases if case.customer == name and case.name in here)
        for name in customers
    )


def matrix(cases: Sequence[Case], methods: Sequence[str], regret: Regrets) -> str:
    """Regret of each method (columns) on each case (rows), the least in bold."""
    rows = []
    for case in cases:
        here = [regret.get((case.name, method)) for method in methods]
        least = min((each for each in here if each is not None), default=None)
        texts = ["" if each is None else f"{each:.2f}" for each in here]
        rows.append((case.name, *(f"**{text}**" if each is not None and each == least else text
                                  for text, each in zip(texts, here, strict=True))))  # fmt: skip
    return table(("customer", *(f"`{method}`" for method in methods)), rows)


def case_table(results: Sequence[Result], regret: Regrets) -> str:
    """The figures of one case, the least error first."""
    rows = []
    for each in sorted(results, key=lambda each: (each.mae is None, each.mae or 0.0)):
        if each.mae is None:
            rows.append((f"`{each.method}`", each.failed or "", *[""] * 6))
            continue
        ratio = regret.get((each.case, each.method))
        rows.append((f"`{each.method}`", pieces(each.mae), _number(each.x_plan, ".3f"),
                     _number(ratio, ".3f"), pieces(each.bias), pieces(each.pinball),
                     _number(each.coverage, ".1%"), f"{each.seconds:.1f}"))  # fmt: skip
    head = ("method", "MAE", "x plan", "regret", "bias", "pinball", "10-90 %", "seconds")
    return table(head, rows)


def page(cases: Sequence[Case], methods: Sequence[str], results: Sequence[Result]) -> str:
    """The page of the documentation."""
    regret = regrets(results)
    contenders = [text for name, text in ABOUT_CONTENDERS.items() if name in methods]
    parts = [
        HEAD.format(
            combined=" and ".join(f"`{name}`" for name in COMBINED if name in methods) or "none",
            contenders="; ".join(contenders) or "none in this run",
        ),
        summary(cases, methods, regret),
        "\n## Regret of every method on every customer\n\n",
        matrix(cases, methods, regret),
    ]
    for case in cases:
        here = [each for each in results if each.case == case.name]
        if here:
            parts.append(f"\n## {case.name}\n\n{_about(case, here)}\n\n{case_table(here, regret)}")
    return "".join(parts) + FOOT


def _about(case: Case, results: Sequence[Result]) -> str:
    """What the customer is, and what was asked."""
    scored = next((each for each in results if each.mae is not None), results[0])
    lead = f"{case.lead} day{'s' if case.lead > 1 else ''} ahead"
    return f"{case.about} *{lead}, {scored.targets} target days, {scored.pairs:,} pairs.*"


def pieces(value: float | None) -> str:
    """Four digits, or all before the point."""
    if value is None:
        return ""
    size = abs(value)
    return f"{value:,.{0 if size >= 1000 else 1 if size >= 100 else 2}f}".replace("-", "−")


def _number(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form).replace("%", " %")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def contenders_of(methods: Sequence[str]) -> list[str]:
    return [name for name in methods if name in CONTENDERS]
