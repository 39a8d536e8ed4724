"""What people call the axes of a map. Facts are appended; the last name of an axis stands."""

from __future__ import annotations

import sqlalchemy as sa

from qdhf.errors import InvalidInput
from qdhf.types import AxisName
from storage.engine import Database, lock_study
from storage.schema import AxisNameRow

LIMIT = 60  # characters of a name, and of the words for either end
AXES = 4  # a map has at most four


def _words(what: str, text: str, least: int) -> str:
    text = text.strip()
    if not least <= len(text) <= LIMIT or "\x00" in text:
        raise InvalidInput(f"{what} needs {least} to {LIMIT} characters; this one has {len(text)}.")
    return text


class SqlAxisNames:
    def __init__(self, database: Database) -> None:
        self._database = database

    def name_axis(self, name: AxisName) -> None:
        """Name an axis, words trimmed: name 1 to 60 characters, low and high 0 to 60, axis 0 to 3.

        Raises InvalidInput, and NotFound where there is no such study."""
        if name.axis not in range(AXES):
            raise InvalidInput(f"An axis is numbered from 0 to {AXES - 1}; got {name.axis!r}.")
        row = AxisNameRow(
            study_id=name.study_id, axis=name.axis, name=_words("The name of an axis", name.name, 1),
            low=_words("The word for the low end", name.low, 0),
            high=_words("The word for the high end", name.high, 0), created_at=name.created_at,
        )  # fmt: skip
        with self._database.write() as session:
            lock_study(session, name.study_id)
            session.add(row)

    def axis_names(self, study_id: str) -> dict[int, AxisName]:
        """The names that stand, by axis, in order of axes; axes without a name are left out."""
        query = sa.select(AxisNameRow).where(AxisNameRow.study_id == study_id).order_by(AxisNameRow.serial)
        with self._database.read() as session:
            latest = {row.axis: row for row in session.scalars(query)}
        return {
            axis: AxisName(
                study_id=row.study_id, axis=axis, name=row.name, low=row.low, high=row.high, created_at=row.created_at
            )
            for axis, row in sorted(latest.items())
        }
