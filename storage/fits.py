"""Fits: the versions of a study's descriptor. Arrays travel as safetensors, never as pickles."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import sqlalchemy as sa
from safetensors.numpy import load, save

from qdhf.errors import NotFound
from qdhf.types import Accuracy, Draws, Fit, FitReport, Projection
from storage.axis_names import SqlAxisNames
from storage.engine import lock_study
from storage.schema import FitRow

ACCURACIES = ("held_out", "baseline", "train", "consistency", "newest", "retention", "retention_before")


def _report_of(record: dict[str, Any]) -> FitReport:
    measured = {name: Accuracy(**record[name]) for name in ACCURACIES if record.get(name) is not None}
    return FitReport(**{**record, **measured, "excluded": tuple(record.get("excluded", ()))})


DRAWS = {"basis": "<f2", "mean": "<f4", "coefficients": "<f2", "offset": "<f4", "steepness": "<f4", "lapse": "<f4"}


def _draws_of(arrays: dict[str, Any]) -> Draws | None:
    if "draws.basis" not in arrays:
        return None
    return Draws(**{name: arrays[f"draws.{name}"].astype(np.float32) for name in DRAWS})


def fit_of(row: FitRow) -> Fit:
    arrays = load(row.arrays)
    return Fit(
        id=row.id, study_id=row.study_id, version=row.version, key=row.key, encoder=row.encoder,
        projection=Projection(weights=arrays["weights"], mean=arrays["mean"], scale=row.scale),
        low=arrays["low"], high=arrays["high"], report=_report_of(row.report), judgments=row.judgments,
        created_at=row.created_at, draws=_draws_of(arrays),
    )  # fmt: skip


def _row(fit: Fit, version: int) -> FitRow:
    arrays = {"weights": fit.projection.weights, "mean": fit.projection.mean, "low": fit.low, "high": fit.high}
    if fit.draws is not None:  # half precision: rounding is far below what draws differ by
        arrays |= {f"draws.{name}": np.asarray(getattr(fit.draws, name), kind) for name, kind in DRAWS.items()}
    return FitRow(
        id=fit.id, study_id=fit.study_id, version=version, key=fit.key, encoder=fit.encoder,
        scale=float(fit.projection.scale), arrays=save({k: np.ascontiguousarray(v) for k, v in arrays.items()}),
        report=asdict(fit.report), judgments=fit.judgments, created_at=fit.created_at,
    )  # fmt: skip


class SqlFits(SqlAxisNames):
    """Fits, and the names of their axes."""

    def add(self, fit: Fit) -> Fit:
        """Store the next version, counted from 1. A fit with the same (study, key) is returned as it is."""
        with self._database.write() as session:
            lock_study(session, fit.study_id)
            mine = FitRow.study_id == fit.study_id
            known = session.scalar(sa.select(FitRow).where(mine, FitRow.key == fit.key))
            if known is not None:
                return fit_of(known)
            row = _row(fit, (session.scalar(sa.select(sa.func.max(FitRow.version)).where(mine)) or 0) + 1)
            session.add(row)
            session.flush()
            return fit_of(row)

    def latest(self, study_id: str) -> Fit | None:
        query = sa.select(FitRow).where(FitRow.study_id == study_id).order_by(FitRow.version.desc()).limit(1)
        with self._database.read() as session:
            row = session.scalar(query)
            return None if row is None else fit_of(row)

    def get(self, study_id: str, version: int) -> Fit:
        """Raises NotFound."""
        query = sa.select(FitRow).where(FitRow.study_id == study_id, FitRow.version == version)
        with self._database.read() as session:
            row = session.scalar(query)
            if row is None:
                raise NotFound(f"The study {study_id!r} has no descriptor of version {version}.")
            return fit_of(row)

    def all(self, study_id: str) -> list[Fit]:
        """By version."""
        query = sa.select(FitRow).where(FitRow.study_id == study_id).order_by(FitRow.version)
        with self._database.read() as session:
            return [fit_of(row) for row in session.scalars(query)]
