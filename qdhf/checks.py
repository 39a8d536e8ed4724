"""Checks of arguments that name what was given and what was expected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import is_dataclass
from functools import cache
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qdhf.errors import InvalidInput


def matrix(name: str, value: ArrayLike, columns: int | None = None) -> NDArray[np.floating[Any]]:
    """``value`` as a finite (n, d) array; ``columns`` fixes d. Raises InvalidInput."""
    array = np.asarray(value)
    if array.dtype.kind not in "fiu":
        raise InvalidInput(f"{name} must hold numbers; got an array of type {array.dtype}.")
    wanted = f"(n, {columns if columns is not None else 'd'})"
    if array.ndim != 2 or (columns is not None and array.shape[1] != columns):
        raise InvalidInput(f"{name} must have shape {wanted}; got {array.shape}.")
    if not np.isfinite(array).all():
        bad = int(np.flatnonzero(~np.isfinite(array).all(axis=1))[0])
        raise InvalidInput(f"{name} must be finite; row {bad} holds NaN or infinity.")
    return array if array.dtype.kind == "f" else array.astype(np.float64)


def between(name: str, value: float, low: float, high: float) -> float:
    """``value`` if low ≤ value ≤ high. Raises InvalidInput."""
    if not (np.isfinite(value) and low <= value <= high):
        raise InvalidInput(f"{name} must lie between {low:g} and {high:g}; got {value!r}.")
    return value


def typed(thing: Any) -> None:
    """Raises TypeError where a field of a dataclass holds what its annotation excludes, a number that is not finite included.
    Fields that are dataclasses are looked into."""
    own: Any = type(thing)
    for name, kind in _kinds(own).items():
        value = getattr(thing, name)
        if not _is_a(value, kind):
            raise TypeError(f"{name} is {str(value)[:80]!r}")


@cache
def _kinds(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _is_a(value: Any, kind: Any) -> bool:
    origin, inner = get_origin(kind), get_args(kind)
    if kind is Any:
        return True
    if origin is Literal:
        return isinstance(value, str) and value in inner
    if origin in (Union, UnionType):
        return any(_is_a(value, each) for each in inner)
    if origin is tuple:
        return isinstance(value, tuple) and all(_is_a(each, inner[0]) for each in value)
    if origin in (dict, Mapping):
        return isinstance(value, dict) and all(_is_a(k, inner[0]) and _is_a(v, inner[1]) for k, v in value.items())
    if is_dataclass(kind):
        return isinstance(value, kind) and typed(value) is None  # type: ignore[arg-type, func-returns-value]
    return _is_plain(value, origin or kind)


def _is_plain(value: Any, kind: Any) -> bool:
    """A number, an array of numbers, or whatever else ``isinstance`` tells."""
    if kind is np.ndarray:
        return isinstance(value, np.ndarray) and value.dtype.kind in "fiu" and bool(np.isfinite(value).all())
    if kind in (int, float):
        wanted = int | np.integer if kind is int else int | float | np.floating
        return isinstance(value, wanted) and not isinstance(value, bool) and -1e308 < value < 1e308
    return isinstance(value, kind)
