"""Curated sets and their exports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Collection:
    """A curated set. ``items``: item ids in order of choice; ``reasons`` says how each got in."""

    id: str
    study_id: str
    name: str
    method: str
    settings: dict[str, Any]
    items: tuple[str, ...]
    reasons: tuple[str, ...]
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Export:
    """A set as files, or (no collection) the whole study. ``done`` of ``total`` items are written, counted once for each
    format; both are 0 before it begins."""

    id: str
    study_id: str
    collection_id: str | None
    created_at: datetime
    blob: str | None  # SHA-256 of the finished ZIP
    size: int | None
    finished_at: datetime | None
    formats: tuple[str, ...] = ()
    done: int = 0
    total: int = 0
