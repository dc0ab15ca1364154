"""Many jobs of the engine in PyTorch with stacked weights: one batched product for all networks,
compiled by ``torch.compile`` where that works.

Dimensions: K networks, N samples, B rows of a batch, T steps, F features, H units.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from calloff.lstm.contract import Job


def predictions(job: Job, weights: Sequence[Any], x: Any, training: bool) -> Any:
    """Those of all networks (K, B, O) for inputs (K, B, T, F)."""
    import torch

    for k, plan in enumerate(job.plan.layers):
        if training and plan.dropout > 0:
            x = x * torch.nn.functional.dropout(torch.ones_like(x[:, :, :1]), plan.dropout)
        kernel, recurrent_kernel, bias = weights[3 * k : 3 * k + 3]
        phi = {"relu": torch.relu, "tanh": torch.tanh}[plan.activation]
        z_x = torch.einsum("kbtf,kfg->kbtg", x, kernel) + bias[:, None, None]
        h = c = x.new_zeros(x.shape[0], x.shape[1], plan.units)
        outputs = []
        for t in range(x.shape[2]):
            i, f, g, o = (z_x[:, :, t] + torch.bmm(h, recurrent_kernel)).chunk(4, dim=-1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * phi(g)
            h = torch.sigmoid(o) * phi(c)
            outputs.append(h)
        x = torch.stack(outputs, dim=2)
    return torch.bmm(x[:, :, -1], weights[-2]) + weights[-1][:, None]


def program(jobs: Sequence[Job], compiled: bool) -> Callable[[], Any]:
    """A function that trains all jobs, which are of one shape, from their first weights and gives
    their losses (K, E). The first call compiles."""
    import torch

    first, training = jobs[0], jobs[0].training
    x, y = (torch.from_numpy(np.stack([getattr(job, name) for job in jobs])) for name in ("x", "y"))

    def loss_of(weights: list[Any], x: Any, y: Any) -> Any:
        error = predictions(first, weights, x, True) - y
        size = error.abs() if training.loss.kind == "mae" else error.square()
        return size.mean(dim=(1, 2))  # (K,)

    measure = torch.compile(loss_of, dynamic=False) if compiled else loss_of

    def train() -> Any:
        weights = [
            torch.from_numpy(np.stack(arrays)).requires_grad_()
            for arrays in zip(*(job.weights for job in jobs), strict=True)
        ]
        optimizer = torch.optim.Adam(
            weights, lr=training.learning_rate, eps=training.epsilon, fused=True
        )
        losses = []
        for _ in range(training.epochs):
            total = torch.zeros(len(jobs))
            samples = x.shape[1]
            order = torch.randperm(samples) if training.shuffle else torch.arange(samples)
            for rows in order.split(training.batch_size):
                optimizer.zero_grad()
                each = measure(weights, x[:, rows], y[:, rows])
                each.sum().backward()
                optimizer.step()
                total += each.detach() * len(rows)
            losses.append(total / samples)
        return torch.stack(losses, dim=1).numpy()

    return train
