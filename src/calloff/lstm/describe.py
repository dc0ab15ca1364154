"""What a person sees of a network and its training."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Mapping, Sequence

from calloff.lstm.checks import weight_shapes
from calloff.lstm.contract import NetworkPlan
from calloff.lstm.train import Progress


def summary(plan: NetworkPlan) -> str:
    """A table of the network of a ``plan``: each layer, the shape of its output, its weights."""
    counts: dict[str, int] = {}
    for name, shape in weight_shapes(plan):
        owner = name.rsplit(" ", 1)[0]
        counts[owner] = counts.get(owner, 0) + math.prod(shape)
    rows = [("layer", "output", "weights")]
    for k, layer in enumerate(plan.layers):
        given = f"(N, T, {layer.units})" if k < len(plan.layers) - 1 else f"(N, {layer.units})"
        rows.append((f"LSTM {layer.activation}", given, f"{counts[f'layer {k}']:,}"))
    head = plan.head
    rows.append((f"Dense {head.activation}", f"(N, {head.outputs})", f"{counts['head']:,}"))
    rows.append(("total", f"from (N, T, {plan.features})", f"{sum(counts.values()):,}"))
    first, second, third = (max(len(cell) for cell in column) for column in zip(*rows, strict=True))
    return "\n".join(f"{a:<{first}}  {b:<{second}}  {c:>{third}}" for a, b, c in rows)


def level(verbose: int | str) -> int:
    """Find how much is shown.

    Args:
        verbose: 0, 1, 2 or "auto".

    Returns:
        0 silent, 1 progress, 2 epochs; "auto" is progress where standard error is a terminal.

    Raises:
        ValueError: ``verbose`` is none of these.
    """
    if verbose == "auto":
        return int(sys.stderr.isatty())
    if verbose not in (0, 1, 2):
        raise ValueError(f'verbose must be "auto", 0, 1 or 2, not {verbose!r}')
    return int(verbose)


def progress(verbose: int | str) -> Progress | None:
    """What shows progress with ``verbose`` 1: a line on standard error that is written over, ten
    times a second at most; None otherwise."""
    if level(verbose) != 1:
        return None
    shown = [0.0]

    def show(done: int, total: int) -> None:
        now = time.monotonic()
        if done < total and now - shown[0] < 0.1:
            return
        shown[0] = now
        end = "\n" if done >= total else ""
        print(f"\r{done:,} of {total:,} epochs", end=end, file=sys.stderr, flush=True)

    return show


def epochs(verbose: int | str, histories: Sequence[Mapping[str, Sequence[float]]]) -> None:
    """Show a line for each epoch of each network, with ``verbose`` 2.

    Args:
        verbose: 0, 1, 2 or "auto".
        histories: figures of each network: name -> one for each epoch.
    """
    if level(verbose) != 2:
        return
    for history in histories:
        names = [name for name in ("loss", "val_loss") if name in history]
        for epoch, figures in enumerate(zip(*(history[n] for n in names), strict=True), start=1):
            text = ", ".join(f"{n} {figure:.4f}" for n, figure in zip(names, figures, strict=True))
            print(f"epoch {epoch} of {len(history['loss'])}: {text}", file=sys.stderr)
