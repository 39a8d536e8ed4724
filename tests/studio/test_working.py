"""Maps that follow the answers between two fits."""

from __future__ import annotations

import numpy as np

from qdhf.descriptors.descriptor import learn
from qdhf.planted import PlantedWorld
from qdhf.studio.working import EVERY, Working
from qdhf.types import Fit, GeneratorSpec, Judgment, MapSpec, Study, StudyMatrix, now

STUDY = Study(
    id="s", name="s", brief="", kind="image", prompts=("a",), generator=GeneratorSpec(), encoder="planted", scorer="even",
    map=MapSpec(), created_at=now(),
)  # fmt: skip


class Matrices:
    def __init__(self, matrix: StudyMatrix) -> None:
        self.matrix = matrix

    def of(self, study: Study) -> StudyMatrix:
        return self.matrix


def world_and_fit(answers: int) -> tuple[PlantedWorld, list[Judgment], Fit]:
    world = PlantedWorld.make(n=60, d=16, rng=np.random.default_rng(0))
    judgments = world.judgments(200, rng=np.random.default_rng(1))
    fit = learn(world.matrix(), judgments[:answers], None, encoder="planted", study_id="s", key="k", seed=0)
    return world, judgments, fit


def test_before_anything_was_learned_there_are_no_draws() -> None:
    world, judgments, fit = world_and_fit(0)
    working = Working(Matrices(world.matrix()))  # type: ignore[arg-type]
    assert working.draws(STUDY, fit, judgments[:4]) is None
    working.wait()
    assert working.draws(STUDY, fit, judgments[:4]) is None


def test_the_fits_own_draws_serve_until_new_ones_are_there() -> None:
    world, judgments, fit = world_and_fit(40)
    working = Working(Matrices(world.matrix()))  # type: ignore[arg-type]
    assert working.draws(STUDY, fit, judgments[: 40 + EVERY - 1]) is fit.draws
    working.wait()
    assert working.draws(STUDY, fit, judgments[: 40 + EVERY - 1]) is fit.draws
    assert working.draws(STUDY, fit, judgments[: 40 + EVERY]) is fit.draws  # begun, not waited for
    working.wait()
    newer = working.draws(STUDY, fit, judgments[: 40 + EVERY])
    assert newer is not None
    assert newer is not fit.draws
    gap = np.linalg.norm(newer(world.features).mean(axis=0) - fit.projection(world.features), axis=1)
    assert gap.mean() < 0.8  # they lie on the map that people see


def test_answers_are_followed_before_the_first_learned_fit() -> None:
    world, judgments, fit = world_and_fit(0)
    working = Working(Matrices(world.matrix()))  # type: ignore[arg-type]
    working.draws(STUDY, fit, judgments[:12])
    working.wait()
    assert working.draws(STUDY, fit, judgments[:12]) is not None


def test_a_newer_fit_takes_over() -> None:
    world, judgments, fit = world_and_fit(20)
    working = Working(Matrices(world.matrix()))  # type: ignore[arg-type]
    working.draws(STUDY, fit, judgments[:30])
    working.wait()
    newer = learn(world.matrix(), judgments[:80], fit, encoder="planted", study_id="s", key="k2", seed=0)
    assert working.draws(STUDY, newer, judgments[:80]) is newer.draws


def test_a_failure_leaves_the_last_fit_in_place() -> None:
    _, judgments, fit = world_and_fit(20)
    other = PlantedWorld.make(n=60, d=9, rng=np.random.default_rng(0))  # features of another length
    working = Working(Matrices(other.matrix()))  # type: ignore[arg-type]
    working.draws(STUDY, fit, judgments[:40])
    working.wait()
    assert working.draws(STUDY, fit, judgments[:20]) is fit.draws
