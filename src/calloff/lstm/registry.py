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
    """The known kinds of one option.

    Attributes:
        noun: what a message calls it, such as "a constraint".
        kinds: class name -> class.
        names: short name -> what makes the object.
        accepts: whether an object of the user's own will do.
        wanted: what such an object must be, for messages.
    """

    noun: str
    kinds: Mapping[str, Callable[..., T]]
    names: Mapping[str, Callable[[], T]]
    accepts: Callable[[Any], bool]
    wanted: str

    def get(self, spec: Any) -> T | None:
        """Find the object that an option means.

        Args:
            spec: a name, a config, an object, or None.

        Returns:
            The object; None for None.

        Raises:
            ValueError: it is none of these.
        """
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
        """Write an option as JSON can hold it, and ``get`` reads it back.

        Args:
            spec: a name, a config, an object, or None.

        Returns:
            The name, the config, or None.

        Raises:
            ValueError: it is an object of the user's own.
        """
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
