"""Studies and what they choose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from qdhf.types.base import ItemKind


@dataclass(frozen=True, kw_only=True)
class GeneratorSpec:
    """Which generator, and how it is called.

    ``model`` is a hub id, a local folder, or ``"embedded"`` for the shipped model; for an "endpoint" the name by which the
    server at ``url`` knows it. ``width``, ``height``, ``steps`` and ``guidance`` of None mean the model's own defaults,
    and so do ``temperature`` and ``tokens``, which are for texts.
    """

    name: str = "diffusion"  # "diffusion" | "language" | "endpoint" | "collection" | "planted"
    model: str = "embedded"
    steps: int | None = None
    guidance: float | None = None
    width: int | None = None
    height: int | None = None
    negative_prompt: str = ""
    temperature: float | None = None
    tokens: int | None = None
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class MapSpec:
    """Size of the archive's grid: cells along each axis. Two axes for now."""

    dims: tuple[int, ...] = (10, 10)


@dataclass(frozen=True, kw_only=True)
class Study:
    """One exploration. ``encoder`` and ``scorer`` are names that the registries know, with the model after a
    colon where there is one: ``"efficientnet-lite0"``, ``"clip:openai/clip-vit-base-patch32"``."""

    id: str
    name: str
    brief: str
    kind: ItemKind
    prompts: tuple[str, ...]
    generator: GeneratorSpec
    encoder: str
    scorer: str
    map: MapSpec
    created_at: datetime
    seed: int = 0


How = Literal["sum", "weakest"]


@dataclass(frozen=True, kw_only=True)
class Aim:
    """What quality is made of: ``weights`` (0 or more) of what is "measured" and of what is "preferred" by people, and
    ``how`` they are put together (see :func:`qdhf.scoring.objectives.combine`).

    Items that are measured below ``least``, and those whose features have a cosine of at least ``alike`` with an earlier
    item that counts, are kept but are no elites. 0 and 1 rule nothing out."""

    study_id: str
    weights: Mapping[str, float] = field(default_factory=lambda: {"measured": 1.0})
    how: How = "sum"
    created_at: datetime | None = None
    least: float = 0.0
    alike: float = 1.0
