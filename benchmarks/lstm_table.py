"""A table in Markdown from the figures that the LSTM benchmarks wrote.

python benchmarks/lstm_table.py notebook.json one_network.json
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

HEADER = "| work | calloff | limit of the products | share | the other | times faster |"


def rows(figures: dict[str, Any]) -> list[str]:
    """The lines of one benchmark's file; medians, seconds."""
    ours = figures["calloff"]
    if "parts" in figures:
        other, per = figures["keras"], "all_parts_seconds"
        name = f"Keras {other.get('version')}, {other.get('backend')}"
        extra = [f"| the same, one part | {seconds(ours['one_part_seconds']['median'])} | | | | |"]
        work, units = f"{figures['benchmark']}, {figures['parts']} parts", 1
        theirs = other.get(per)
    else:
        other, per = figures["torch"], "seconds_per_fit"
        name = f"PyTorch {other.get('version')}"
        extra, units = [], figures["seeds"]
        work = f"{figures['benchmark']}, one fit of {units} at once"
        theirs = other.get(per, {}).get("median")
    against = other["skipped"] if theirs is None else f"{seconds(theirs)} ({name})"
    cells = [
        work,
        seconds(ours[per]["median"]),
        seconds(ours["limit"]["seconds"] / units),
        f"{ours['share_of_limit']:.0%}",
        against,
        f"{figures['times_faster']:,.0f}" if theirs else "",
    ]
    return ["| " + " | ".join(cells) + " |", *extra]


def seconds(value: float) -> str:
    return f"{value * 1000:.3g} ms" if value < 1 else f"{value:.3g} s"


def main() -> None:
    print(HEADER)
    print("|---" * HEADER.count(" | ") + "|---|")
    for path in sys.argv[1:]:
        print("\n".join(rows(json.loads(Path(path).read_text(encoding="utf-8")))))


if __name__ == "__main__":
    main()
