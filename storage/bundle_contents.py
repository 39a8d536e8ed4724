"""Features and scores of a bundle: of the study's own files, by its own encoder and measure, and nothing else.

They are kept by content and shared by all studies of an installation: what a bundle says of a file that it does not hold, or
by an encoder that it does not use, would be believed elsewhere. Such rows are passed over."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session

from qdhf.errors import InvalidInput
from qdhf.types import Study
from storage.bundle_values import Record, portions, stored
from storage.engine import insert_new
from storage.facts import STORED
from storage.items import prompt_hash
from storage.schema import Base, FeatureRow, ItemRow, ScoreRow

CONTENTS: dict[str, type[Base]] = {"features": FeatureRow, "scores": ScoreRow}


def load_contents(session: Session, table: str, study: Study, rows: Iterable[Record]) -> int:
    """Store those of ``rows`` that are about the study's own files and are not known; returns how many. Raises InvalidInput
    for what is no row of features or no score."""
    described = Base.metadata.tables[table]
    mine = set(session.scalars(sa.select(ItemRow.blob).where(ItemRow.study_id == study.id)))
    size, new = _size(session, study), 0
    for portion in portions(rows):
        kept = [row for row in (stored(described, row) for row in portion) if _concerns(row, study, mine)]
        for row in kept:
            if table == "scores":
                _check_score(row)
            else:
                size = _check_features(row, size)
        new += insert_new(session, CONTENTS[table], kept)
    return new


def _concerns(row: Record, study: Study, mine: set[str]) -> bool:
    by = row.get("encoder") == study.encoder if "encoder" in row else row.get("scorer") == study.scorer
    return by and row["blob"] in mine


def _size(session: Session, study: Study) -> int | None:
    """How many numbers this installation's features by the study's encoder have; None: there are none yet."""
    return session.scalar(sa.select(FeatureRow.size).where(FeatureRow.encoder == study.encoder).limit(1))


def _check_features(row: Record, size: int | None) -> int:
    vector, found = row["vector"], row["size"]
    if found < 1 or len(vector) != found * STORED.itemsize or not np.isfinite(np.frombuffer(vector, STORED)).all():
        raise InvalidInput(f"The bundle is damaged: the features of {row['blob'][:16]}… are no {found} finite numbers.")
    if size is not None and found != size:
        raise InvalidInput(
            f"The bundle has features of {found} numbers by {row['encoder']}, and others of {size} by the same name are here "
            "or in it; one of them came from another model. Nothing was imported."
        )
    return int(found)


def _check_score(row: Record) -> None:
    if not math.isfinite(row["value"]) or row["prompt_hash"] != prompt_hash(row["prompt"]):
        raise InvalidInput(f"The bundle is damaged: a score of {row['blob'][:16]}… is not of the prompt that it names.")
