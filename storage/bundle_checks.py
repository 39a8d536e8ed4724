"""Rows of a bundle, looked at as the program will read them: what it could not read, or would never have written, does not
come in."""

from __future__ import annotations

from collections.abc import Callable, Set
from types import SimpleNamespace
from typing import Any

from qdhf import checks
from qdhf.errors import InvalidInput
from qdhf.types import Aim, AxisName, Collection, Item, Remake, RunSpec, Study
from qdhf.types.answering import check_answer, check_question
from qdhf.types.guides import check_guide
from storage.axis_names import AXES
from storage.blobs import checked_sha
from storage.bundle_values import UNREADABLE, Record, damaged, defaults
from storage.fits import fit_of
from storage.guides import guide_of, practice_of
from storage.items import item_of
from storage.judgments import judgment_of, question_of
from storage.notes import check_remark, remark_of
from storage.raters import rater_of
from storage.remakes import remake_of
from storage.runs import iteration_of, run_of
from storage.schema import Base
from storage.studies import study_of

CheckStudy = Callable[[Study, RunSpec | None], None]


class Rows:
    """Checks the rows of one study, in the order in which tables are loaded. ``check``: whether there can be such a study,
    and (of a run) such a wish."""

    def __init__(self, check: CheckStudy) -> None:
        self._check_study = check
        self._study: Study | None = None
        self._defaults: dict[str, Record] = {}
        self._named: dict[str, str] = {}  # ids of items that others name in passing: where
        self._looks: dict[str, Callable[[Any], None]] = {
            "studies": self._look_study, "aims": _look_aim, "axis_names": _look_axis, "guides": self._look_guide,
            "runs": self._look_run, "iterations": lambda row: checks.typed(iteration_of(row)),
            "items": self._look_item, "raters": lambda row: checks.typed(rater_of(row)),
            "practice_rounds": lambda row: checks.typed(practice_of(row)), "questions": _look_question,
            "judgments": _look_judgment, "fits": _look_fit, "collections": _look_collection, "marks": _look_mark,
            "remarks": _look_remark, "remakes": _look_remake,
        }  # fmt: skip

    def check(self, table: str, row: Record) -> None:
        """Raises InvalidInput naming the table and the row."""
        look = self._looks.get(table)
        if look is None:
            return
        if table not in self._defaults:
            self._defaults[table] = defaults(Base.metadata.tables[table])
        try:
            look(SimpleNamespace(**{**self._defaults[table], **row}))
        except (*UNREADABLE, InvalidInput) as error:
            raise damaged(table, row, error) from error
        except Exception as error:  # safetensors raises a kind of its own
            if type(error).__name__ != "SafetensorError":
                raise
            raise damaged(table, row, error) from error

    def finish(self, items: Set[str]) -> None:
        """Raises InvalidInput where a genome or an example names an item that is not among ``items``, the study's."""
        if strange := next((i for i in self._named if i not in items), None):
            raise InvalidInput(
                f"The bundle is damaged: {self._named[strange]} names the item {strange[:64]!r}, which is not the study's."
            )

    @property
    def study(self) -> Study:
        if self._study is None:
            raise InvalidInput("The bundle is damaged: it has no study.")
        return self._study

    def _look_study(self, row: Any) -> None:
        study = study_of(row)
        checks.typed(study)
        self._check_study(study, None)
        self._study = study

    def _look_guide(self, row: Any) -> None:
        guide = guide_of(row)
        checks.typed(guide)
        check_guide(guide)
        for each in (*guide.examples, *guide.practice):
            self._named |= dict.fromkeys((each.reference, each.a, each.b), "an example of the instructions")

    def _look_run(self, row: Any) -> None:
        run = run_of(row)
        checks.typed(run)
        self._check_study(self.study, run.spec)

    def _look_item(self, row: Any) -> None:
        item = item_of(row)
        checks.typed(item)
        _check_files(item)
        if item.genome is not None:
            self._named |= dict.fromkeys(item.genome.parents, f"the item {item.id[:64]}")
        if item.kind != self.study.kind:
            raise ValueError(f"its study holds {self.study.kind}s, and it is of the kind {item.kind}")


def _look_aim(row: Any) -> None:
    checks.typed(
        Aim(
            study_id=row.study_id, weights=row.weights, how=row.how, created_at=row.created_at, least=row.least,
            alike=row.alike,
        )
    )  # fmt: skip


def _look_axis(row: Any) -> None:
    checks.typed(AxisName(**{name: getattr(row, name) for name in AxisName.__dataclass_fields__}))
    checks.between("The number of an axis", row.axis, 0, AXES - 1)


def _look_question(row: Any) -> None:
    question = question_of(row)
    checks.typed(question)
    check_question(question.kind, (question.reference, question.a, question.b), question.shown)


def _look_judgment(row: Any) -> None:
    answer = judgment_of(row)
    checks.typed(answer)
    check_question(answer.kind, (answer.reference, answer.a, answer.b), answer.shown)
    check_answer(answer.kind, answer.shown, answer.closer, answer.picked, answer.grade)


def _look_fit(row: Any) -> None:
    fit = fit_of(row)
    checks.typed(fit)
    weights, axes = fit.projection.weights, len(fit.low)
    shapes = (weights.shape, fit.projection.mean.shape, fit.low.shape, fit.high.shape)
    if shapes != ((axes, weights.shape[-1]), weights.shape[-1:], (axes,), (axes,)) or not fit.projection.scale > 0:
        raise ValueError(f"arrays of the shapes {shapes}, scale {fit.projection.scale}")
    if fit.draws is not None:
        _check_draws(fit.draws, weights.shape)


def _look_collection(row: Any) -> None:
    checks.typed(
        Collection(
            id=row.id, study_id=row.study_id, name=row.name, method=row.method, settings=row.settings, items=(),
            reasons=(), created_at=row.created_at,
        )
    )  # fmt: skip


def _look_mark(row: Any) -> None:
    if row.mark not in ("pin", "ban"):
        raise ValueError(f"a mark is pin or ban; this is {row.mark!r}")


def _look_remark(row: Any) -> None:
    remark = remark_of(row)
    checks.typed(remark)
    check_remark(remark)


def _look_remake(row: Any) -> None:
    remake: Remake = remake_of(row)
    checks.typed(remake)
    if remake.result is not None:
        checked_sha(remake.result.blob)


def _check_files(item: Item) -> None:
    for sha in (item.blob, *item.thumbs.values()):
        checked_sha(sha)
    if item.genome is not None and item.genome.latents is not None:
        checked_sha(item.genome.latents)


def _check_draws(draws: Any, shape: tuple[int, ...]) -> None:
    """``shape``: of the weights, (k, d)."""
    axes, d = shape
    count, basis = len(draws), len(draws.basis)
    found = [getattr(draws, name).shape for name in ("basis", "mean", "coefficients", "offset", "steepness", "lapse")]
    if found != [(basis, d), (d,), (count, axes, basis), (count, axes), (count,), (count,)]:
        raise ValueError(f"draws of the shapes {found}")
