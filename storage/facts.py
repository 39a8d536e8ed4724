"""Features and scores: computed once per content, whoever shows that content."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import sqlalchemy as sa

from qdhf import checks
from qdhf.errors import InvalidInput, StorageFailure
from qdhf.types import FloatArray, Study, StudyMatrix
from storage.blobs import checked_sha
from storage.engine import Database, insert_new, parts
from storage.items import prompt_hash
from storage.schema import FeatureRow, ItemRow, ScoreRow

STORED = np.dtype("<f4")


class SqlFacts:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add_features(self, encoder: str, blobs: Sequence[str], features: FloatArray) -> None:
        """Store ``features`` (n, d), a row per blob. Those already there are left as they are. Raises InvalidInput."""
        if not len(blobs):
            return
        array = checks.matrix("features", features).astype(STORED)
        if len(array) != len(blobs):
            raise InvalidInput(f"features must have one row per blob: {len(blobs)} blobs, {len(array)} rows.")
        rows = [
            {"encoder": encoder, "blob": checked_sha(blob), "size": array.shape[1], "vector": vector.tobytes()}
            for blob, vector in zip(blobs, array, strict=True)
        ]
        with self._database.write() as session:
            insert_new(session, FeatureRow, rows)

    def known_features(self, encoder: str, blobs: Sequence[str]) -> set[str]:
        known: set[str] = set()
        with self._database.read() as session:
            for part in parts(list(blobs)):
                query = sa.select(FeatureRow.blob).where(FeatureRow.encoder == encoder, FeatureRow.blob.in_(part))
                known |= set(session.scalars(query))
        return known

    def vectors(self, encoder: str, blobs: Sequence[str]) -> dict[str, FloatArray]:
        """The (d,) float32 features of those of ``blobs`` that have some."""
        found: dict[str, FloatArray] = {}
        with self._database.read() as session:
            for part in parts(list(blobs)):
                query = sa.select(FeatureRow.blob, FeatureRow.vector)
                rows = session.execute(query.where(FeatureRow.encoder == encoder, FeatureRow.blob.in_(part)))
                found |= {row.blob: np.frombuffer(row.vector, STORED) for row in rows}
        return found

    def add_scores(self, scorer: str, rows: Sequence[tuple[str, str, float]]) -> None:
        """Store rows of (blob, prompt, value). Those already there are left as they are. Raises InvalidInput."""
        records = []
        for blob, prompt, value in rows:
            if not math.isfinite(value):
                raise InvalidInput(f"A score must be a finite number; got {value} for the file {blob[:16]}….")
            records.append({
                "scorer": scorer, "blob": checked_sha(blob), "prompt_hash": prompt_hash(prompt), "prompt": prompt,
                "value": float(value),
            })  # fmt: skip
        if records:
            with self._database.write() as session:
                insert_new(session, ScoreRow, records)

    def known_scores(self, scorer: str, pairs: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
        """Those of ``pairs`` (blob, prompt) that have a score."""
        wanted = {(blob, prompt_hash(prompt)): (blob, prompt) for blob, prompt in pairs}
        found: set[tuple[str, str]] = set()
        with self._database.read() as session:
            for part in parts(sorted({blob for blob, _ in wanted})):
                query = sa.select(ScoreRow.blob, ScoreRow.prompt_hash)
                rows = session.execute(query.where(ScoreRow.scorer == scorer, ScoreRow.blob.in_(part)))
                found |= {(row.blob, row.prompt_hash) for row in rows}
        return {pair for key, pair in wanted.items() if key in found}

    def matrix(self, study: Study, after: int = -1) -> StudyMatrix:
        """Items with position > ``after`` that have both features and a score, as arrays, by position.

        Raises StorageFailure where vectors of two lengths are stored under the study's encoder."""
        on_score = (ScoreRow.blob == ItemRow.blob) & (ScoreRow.prompt_hash == ItemRow.prompt_hash)
        query = (
            sa.select(ItemRow.id, ItemRow.position, ScoreRow.value, FeatureRow.vector)
            .join(FeatureRow, (FeatureRow.blob == ItemRow.blob) & (FeatureRow.encoder == study.encoder))
            .join(ScoreRow, on_score & (ScoreRow.scorer == study.scorer))
            .where(ItemRow.study_id == study.id, ItemRow.position > after)
            .order_by(ItemRow.position)
        )
        with self._database.read() as session:
            return _as_arrays(session.execute(query).all(), study)


def _as_arrays(rows: Sequence[Any], study: Study) -> StudyMatrix:
    size = len(rows[0].vector) if rows else 0
    features = np.empty((len(rows), size // STORED.itemsize), np.float32)
    for place, row in zip(features, rows, strict=True):
        if len(row.vector) != size:
            raise StorageFailure(
                f"The encoder {study.encoder!r} has vectors of {size // STORED.itemsize} and "
                f"{len(row.vector) // STORED.itemsize} numbers in this study; one of them came from another model."
            )
        place[:] = np.frombuffer(row.vector, STORED)
    return StudyMatrix(
        ids=tuple(row.id for row in rows),
        positions=np.fromiter((row.position for row in rows), np.int64, len(rows)),
        features=features,
        quality=np.fromiter((row.value for row in rows), np.float32, len(rows)),
    )
