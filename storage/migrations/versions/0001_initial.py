"""The first tables. Names of constraints follow the naming convention of ``storage.schema``."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _studies()
    _runs()
    _items()
    _facts()
    _questions()
    _judgments()
    _fits()
    _collections()
    _exports()
    _workers()


def _id(name: str = "id", *, primary_key: bool = True) -> sa.Column[str]:
    return sa.Column(name, sa.String(64), primary_key=primary_key, nullable=False)


def _to(name: str, target: str, *, primary_key: bool = False, nullable: bool = False) -> sa.Column[str]:
    key = sa.ForeignKey(target)
    return sa.Column(name, sa.String(64), key, primary_key=primary_key, nullable=nullable)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _short(name: str, length: int, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=nullable)


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _real(name: str) -> sa.Column[float]:
    return sa.Column(name, sa.Double(), nullable=False)


def _json(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.JSON(), nullable=nullable)


def _bytes(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def _time(name: str = "created_at", *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _index(table: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))


def _studies() -> None:
    op.create_table(
        "studies",
        _id(),
        _text("name"),
        _text("brief"),
        _short("kind", 16),
        _json("prompts"),
        _json("generator"),
        _text("encoder"),
        _text("scorer"),
        _json("dims"),
        _short("seed", 64),
        _time(),
    )


def _runs() -> None:
    op.create_table("runs", _id(), _to("study_id", "studies.id"), _json("spec"), _time())
    _index("runs", "study_id")
    op.create_table(
        "iterations",
        _to("run_id", "runs.id", primary_key=True),
        sa.Column("index", sa.Integer(), primary_key=True, autoincrement=False, nullable=False),
        _number("items"),
        _number("failed"),
        _number("fit_version", nullable=True),
        _real("coverage"),
        _real("qd_score"),
        _real("seconds"),
        _number("hits"),
        _number("aimed"),
        _text("message"),
        _time(),
    )


def _items() -> None:
    op.create_table(
        "items",
        _id(),
        _to("study_id", "studies.id"),
        _number("position"),
        _short("kind", 16),
        _short("blob", 64),
        _text("media_type"),
        _number("width", nullable=True),
        _number("height", nullable=True),
        _json("thumbs"),
        _text("source"),
        _json("genome", nullable=True),
        _short("prompt_hash", 64),
        _to("run_id", "runs.id"),
        _number("iteration"),
        _number("slot"),
        _text("name"),
        _time(),
        sa.UniqueConstraint("study_id", "position"),
        sa.UniqueConstraint("run_id", "iteration", "slot"),
    )
    op.create_table("parents", _id("parent_id"), _to("item_id", "items.id", primary_key=True))


def _facts() -> None:
    op.create_table(
        "features",
        sa.Column("encoder", sa.Text(), primary_key=True, nullable=False),
        _id("blob"),
        _number("size"),
        _bytes("vector"),
    )
    op.create_table(
        "scores",
        sa.Column("scorer", sa.Text(), primary_key=True, nullable=False),
        _id("blob"),
        _id("prompt_hash"),
        _text("prompt"),
        _real("value"),
    )


def _asked() -> list[sa.Column[str] | sa.Column[object]]:
    """What a question and its answer have in common."""
    return [
        _to("study_id", "studies.id"),
        _to("rater_id", "raters.id"),
        _to("reference", "items.id"),
        _to("a", "items.id"),
        _to("b", "items.id"),
        _short("left", 1),
        _short("strategy", 16),
        _to("repeat_of", "questions.id", nullable=True),
        _time(),
    ]


def _questions() -> None:
    op.create_table(
        "raters",
        _id(),
        _to("study_id", "studies.id"),
        _text("name"),
        _time(),
        sa.UniqueConstraint("study_id", "name"),
    )
    op.create_table(
        "questions",
        sa.Column("serial", sa.Integer(), primary_key=True, nullable=False),
        _id(primary_key=False),
        *_asked(),
        sa.UniqueConstraint("id"),
    )
    _index("questions", "study_id", "rater_id")


def _judgments() -> None:
    op.create_table(
        "judgments",
        sa.Column("serial", sa.Integer(), primary_key=True, nullable=False),
        _id(primary_key=False),
        _short("event_id", 128),
        _to("question_id", "questions.id", nullable=True),
        _number("attempt"),
        _short("closer", 8),
        _number("response_ms", nullable=True),
        *_asked(),
        sa.UniqueConstraint("id"),
        sa.UniqueConstraint("event_id"),
        sa.UniqueConstraint("question_id", "attempt"),
    )
    _index("judgments", "study_id", "rater_id")
    op.create_table(
        "retractions",
        sa.Column("event_id", sa.String(128), primary_key=True, nullable=False),
        _to("judgment_id", "judgments.id"),
        _time(),
        sa.UniqueConstraint("judgment_id"),
    )


def _fits() -> None:
    op.create_table(
        "fits",
        _id(),
        _to("study_id", "studies.id"),
        _number("version"),
        _text("key"),
        _text("encoder"),
        _real("scale"),
        _bytes("arrays"),
        _json("report"),
        _number("judgments"),
        _time(),
        sa.UniqueConstraint("study_id", "version"),
        sa.UniqueConstraint("study_id", "key"),
    )


def _collections() -> None:
    op.create_table(
        "collections",
        _id(),
        _to("study_id", "studies.id"),
        _text("name"),
        _text("method"),
        _json("settings"),
        _time(),
    )
    _index("collections", "study_id")
    op.create_table(
        "collection_items",
        _to("collection_id", "collections.id", primary_key=True),
        sa.Column("position", sa.Integer(), primary_key=True, autoincrement=False, nullable=False),
        _to("item_id", "items.id"),
        _text("reason"),
    )
    op.create_table(
        "marks",
        _to("item_id", "items.id", primary_key=True),
        _to("study_id", "studies.id"),
        _short("mark", 8),
        _time(),
    )
    _index("marks", "study_id")


def _exports() -> None:
    op.create_table(
        "exports",
        _id(),
        _to("study_id", "studies.id"),
        _to("collection_id", "collections.id"),
        _time(),
        _short("blob", 64, nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        _time("finished_at", nullable=True),
    )
    _index("exports", "study_id")


def _workers() -> None:
    op.create_table(
        "workers",
        sa.Column("executor_id", sa.String(256), primary_key=True, nullable=False),
        _text("host"),
        _number("pid"),
        _time("beat_at"),
    )
