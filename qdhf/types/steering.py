"""What a picture is steered by while it is drawn, so that a genome makes the same picture again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Toward:
    """Draw the picture towards ``target``, a place on the map (k numbers).

    ``strength``: how far a step may move the predicted clean latents, as a share of their length, above 0, at most 1;
    ``start``: share of the steps that pass before it begins, in [0, 1).
    """

    target: tuple[float, ...]
    strength: float = 0.1
    start: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Apart:
    """Push the picture away from the nearest one drawn with it, up to a distance of ``radius`` on the map.

    ``strength`` and ``start`` as in :class:`Toward`. ``away``: the nearest places that were met, one for each step from
    the start to the last but one, written by the generator; with them the picture is made again without its companions.
    """

    radius: float = 1.0
    strength: float = 0.1
    start: float = 0.0
    away: tuple[tuple[float, ...], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Avoid:
    """Text that counts as a negative prompt, beside the genome's own, once the share ``start`` of the steps, in (0, 1), is
    done. Early steps, which lay the picture out, are left alone."""

    text: str
    start: float = 0.5


@dataclass(frozen=True, kw_only=True)
class Steering:
    """``axes``: SHA-256 of the stored axes that places are told in (:func:`qdhf.generators.callbacks.pack_axes`), and
    ``encoder``: the key of the encoder that they belong to; both are needed by ``toward`` and ``apart`` alone."""

    axes: str = ""
    encoder: str = ""
    toward: Toward | None = None
    apart: Apart | None = None
    avoid: Avoid | None = None


def steering_from_record(record: Mapping[str, Any] | None) -> Steering | None:
    """The steering in a genome's record. Unknown keys raise TypeError: a newer program wrote them."""
    if record is None:
        return None
    toward, apart, avoid = (record.get(name) for name in ("toward", "apart", "avoid"))
    places = tuple(tuple(place) for place in apart["away"]) if apart else ()
    return Steering(
        **{
            **record,
            "toward": Toward(**{**toward, "target": tuple(toward["target"])}) if toward else None,
            "apart": Apart(**{**apart, "away": places}) if apart else None,
            "avoid": Avoid(**avoid) if avoid else None,
        }
    )
