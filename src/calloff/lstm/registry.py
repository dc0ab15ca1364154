"""Options that may be given by name, as a config, or as an object: the same rules for all kinds.

A config is Keras's: {"class_name": ..., "config": {...}}.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, is_dataclass
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Registry(Generic[T]):
    """The known kinds of one option."""

    noun: str  # "a constraint"
    kinds: Mapping[str, Callable[..., T]]  # by class name
    names: Mapping[str, Callable[[], T]]  # by short name
    accepts: Callable[[Any], bool]  # objects of the user's own
    wanted: str  # what such an object must be

    def get(self, spec: Any) -> T | None:
        """The object behind a name, a config, or itself; None stays None."""
        if spec is None:
            return None
        if isinstance(spec, str):
            make = self.names.get(spec, self.kinds.get(spec))
            if make is not None:
                return make()
        elif isinstance(spec, Mapping):
            return self._from_config(spec)
        elif not isinstance(spec, type) and self.accepts(spec):
            return spec
        raise ValueError(
            f"{self.noun} must be one of {', '.join(self.names)}, or {self.wanted}, not {spec!r}"
        )

    def _from_config(self, spec: Mapping[str, Any]) -> T:
        name = spec.get("class_name")
        if not isinstance(name, str) or name not in self.kinds:
            raise ValueError(
                f'the "class_name" of {self.noun} must be one of {", ".join(self.kinds)},'
                f" not {name!r}"
            )
        return self.kinds[name](**spec.get("config", {}))

    def config(self, spec: Any) -> Any:
        """What JSON can hold, and ``get`` reads back."""
        if spec is None or isinstance(spec, str):
            return spec
        if isinstance(spec, Mapping):
            return dict(spec)
        name = type(spec).__name__
        if name not in self.kinds or not is_dataclass(spec):
            raise ValueError(
                f"{spec!r} cannot be written to a config: only {', '.join(self.kinds)} can"
            )
        return {"class_name": name, "config": asdict(spec)}  # type: ignore[arg-type]
