"""A fitted network on disk: a folder with the weights as safetensors and all else as JSON.

Neither can hold code, so a file from anywhere can be opened without harm; what is damaged or
foreign is told from what is ours by its format, its shapes, and the weights' SHA-256.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calloff.lstm.checks import weight_shapes
from calloff.lstm.contract import NetworkPlan

Array = NDArray[Any]

FORMAT, VERSION = "calloff.lstm", 1
WEIGHTS, DESCRIPTION = "weights.safetensors", "network.json"


class StorageError(ValueError):
    """A folder that does not hold a network of ours, or not a whole one."""


def write(
    path: str | Path,
    *,
    plan: NetworkPlan,
    weights: tuple[Array, ...],
    description: Mapping[str, Any],
) -> None:
    """Write a network to a folder: each file whole or not at all, the description last.

    Args:
        path: the folder, which is made where it is not there.
        plan: the network.
        weights: its weights, in the order of ``weight_shapes``.
        description: what is to be known of it beside, in values that JSON can hold.
    """
    from safetensors.numpy import save

    names = [name for name, _ in weight_shapes(plan)]
    arrays = {name: np.ascontiguousarray(array) for name, array in zip(names, weights, strict=True)}
    packed = save(arrays)
    digest = hashlib.sha256(packed).hexdigest()
    text = json.dumps(
        {"format": FORMAT, "version": VERSION, "weights_sha256": digest, **description},
        indent=1,
        allow_nan=False,
    )
    folder = _folder(path)
    folder.mkdir(parents=True, exist_ok=True)
    _replace(folder / WEIGHTS, packed)
    _replace(folder / DESCRIPTION, text.encode())


def _folder(path: str | Path) -> Path:
    if not isinstance(path, str | os.PathLike):
        raise StorageError(f"path must name a folder, not be {path!r}")
    return Path(path)


def _replace(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_bytes(content)
    temporary.replace(path)


def read(path: str | Path) -> dict[str, Any]:
    """Read the description of a network.

    Args:
        path: the folder.

    Returns:
        The description, once it is known to be ours.

    Raises:
        StorageError: it is damaged, foreign or of another version.
    """
    file = _folder(path) / DESCRIPTION
    with explained(file):
        found = json.loads(file.read_text(encoding="utf-8"))
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise StorageError(f'{file} does not describe a network: it has no "format": "{FORMAT}"')
    if found.get("version") != VERSION:
        raise StorageError(
            f"{file} is of version {found.get('version')!r}; this calloff reads version {VERSION}"
        )
    return found


def read_weights(
    path: str | Path, *, plan: NetworkPlan, description: Mapping[str, Any]
) -> tuple[Array, ...]:
    """Read the weights of a network.

    Args:
        path: the folder.
        plan: the network.
        description: its description, which holds the digest of the weights.

    Returns:
        The weights, once they are known to be those that were saved, and to fit the plan.

    Raises:
        StorageError: they are not.
    """
    from safetensors.numpy import load

    file = Path(path) / WEIGHTS
    packed = file.read_bytes()
    digest = hashlib.sha256(packed).hexdigest()
    if digest != description.get("weights_sha256"):
        raise StorageError(
            f"{file} is not the file that {DESCRIPTION} was written with: it is damaged, or of"
            " another network"
        )
    arrays = load(packed)
    wanted = weight_shapes(plan)
    if sorted(arrays) != sorted(name for name, _ in wanted):
        raise StorageError(f"{file} must hold {[n for n, _ in wanted]}, not {sorted(arrays)}")
    for name, shape in wanted:
        if arrays[name].shape != shape:
            raise StorageError(
                f"{name} in {file} must have shape {shape}, not {arrays[name].shape}"
            )
    return tuple(arrays[name] for name, _ in wanted)


@contextmanager
def explained(path: str | Path) -> Iterator[None]:
    """Turn whatever goes wrong inside into one error that names the file.

    Args:
        path: the file.

    Yields:
        Nothing.

    Raises:
        StorageError: for anything that goes wrong.
    """
    from safetensors import SafetensorError

    try:
        yield
    except StorageError:
        raise
    except (FileNotFoundError, NotADirectoryError) as error:
        raise StorageError(f"there is no saved network: {error.filename} is missing") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError, SafetensorError) as error:
        raise StorageError(
            f"{path} cannot be read as a network: {type(error).__name__}: {error}"
        ) from error
