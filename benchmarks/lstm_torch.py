"""A job of the engine as PyTorch trains it: the same network, first weights, batches and losses.

Dimensions: F features, H units, O outputs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from calloff.lstm.contract import Job


def transposed_gates(w: np.ndarray[Any, Any]) -> Any:
    """Keras's layout (., 4H) as PyTorch's (4H, .); both have the gates in the order i, f, g, o."""
    import torch

    return torch.from_numpy(np.ascontiguousarray(w.T, dtype=np.float32))


class TorchNetwork:
    """``torch.nn.LSTM`` for each layer, with dropout on its inputs, and a dense head."""

    def __init__(self, job: Job) -> None:
        import torch

        weights, sizes = list(job.weights), [job.plan.features]
        self.dropouts = [layer.dropout for layer in job.plan.layers]
        self.layers = []
        for layer in job.plan.layers:
            module = torch.nn.LSTM(sizes[-1], layer.units, batch_first=True)
            with torch.no_grad():
                module.weight_ih_l0.copy_(transposed_gates(weights.pop(0)))
                module.weight_hh_l0.copy_(transposed_gates(weights.pop(0)))
                module.bias_ih_l0.copy_(torch.from_numpy(weights.pop(0)))
                module.bias_hh_l0.zero_()
            module.bias_hh_l0.requires_grad_(False)  # Keras has one bias
            self.layers.append(module)
            sizes.append(layer.units)
        self.head = torch.nn.Linear(sizes[-1], job.plan.head.outputs)
        with torch.no_grad():
            self.head.weight.copy_(transposed_gates(weights.pop(0)))
            self.head.bias.copy_(torch.from_numpy(weights.pop(0)))

    def parameters(self) -> list[Any]:
        """What is trained."""
        modules = [*self.layers, self.head]
        return [p for module in modules for p in module.parameters() if p.requires_grad]

    def __call__(self, x: Any) -> Any:
        import torch

        for module, rate in zip(self.layers, self.dropouts, strict=True):
            if rate > 0:  # one mask for a whole sequence
                x = x * torch.nn.functional.dropout(torch.ones_like(x[:, :1]), rate)
            x, _ = module(x)
        return self.head(x[:, -1])


def trainer(job: Job) -> Callable[[], float]:
    """A function that trains the job from its first weights and gives its last epoch's loss."""
    import torch

    training = job.training
    x, y = torch.from_numpy(job.x), torch.from_numpy(job.y)
    measure = {"mae": torch.nn.L1Loss(), "mse": torch.nn.MSELoss()}[training.loss.kind]

    def train() -> float:
        network = TorchNetwork(job)
        optimizer = torch.optim.Adam(
            network.parameters(), lr=training.learning_rate, eps=training.epsilon, fused=True
        )
        mean = 0.0
        for _ in range(training.epochs):
            total = torch.zeros(())
            order = torch.randperm(len(x)) if training.shuffle else torch.arange(len(x))
            for rows in order.split(training.batch_size):
                optimizer.zero_grad()
                loss = measure(network(x[rows]), y[rows])
                loss.backward()
                optimizer.step()
                total += loss.detach() * len(rows)
            mean = float(total) / len(x)
        return mean

    return train
