"""Which items count."""

from __future__ import annotations

import numpy as np

from qdhf.descriptors.descriptor import learn
from qdhf.planted import PlantedWorld
from qdhf.search.archive import build_view, pyribs_archive
from qdhf.search.counting import COPY, COUNTS, OFF, counts, rule_out
from qdhf.search.proposals import firsts
from qdhf.types import StudyMatrix


def by_hand(features: np.ndarray, measured: np.ndarray, least: float, alike: float) -> list[int]:
    """The definition, word by word."""
    unit = features / np.linalg.norm(features, axis=1, keepdims=True)
    found: list[int] = []
    for row in range(len(unit)):
        copy = any(found[n] == COUNTS and unit[n] @ unit[row] >= alike for n in range(row))
        found.append(OFF if measured[row] < least else COPY if copy and alike < 1 else COUNTS)
    return found


def crowd(n: int = 700, d: int = 64) -> tuple[np.ndarray, np.ndarray]:
    """Features all of which point roughly the same way, as a network's do, many nearly the same; qualities."""
    rng = np.random.default_rng(0)
    middles = 3 + rng.normal(size=(150, d)) * np.geomspace(3, 0.1, d)
    features = middles[rng.integers(0, 150, n)] + rng.normal(size=(n, d)) * rng.choice([0.0, 0.05, 0.5], (n, 1))
    return features.astype(np.float32), rng.random(n)


def test_what_is_found_is_what_the_definition_says() -> None:
    features, measured = crowd()
    for least, alike in ((0.3, 0.999), (0.0, 0.98), (0.5, 1.0), (0.0, 0.9)):
        found = rule_out(features, measured, least=least, alike=alike)
        assert found.tolist() == by_hand(features, measured, least, alike)
        assert len(set(found.tolist())) >= 2


def test_looking_again_when_more_has_come_finds_the_same() -> None:
    features, measured = crowd()
    whole = rule_out(features, measured, least=0.2, alike=0.99)
    known = None
    for n in (5, 8, 300, 556, 700):
        known = rule_out(features[:n], measured[:n], least=0.2, alike=0.99, known=known)
    assert known is not None
    assert known.tolist() == whole.tolist()


def test_without_rules_everything_counts_exact_copies_too() -> None:
    features = np.ones((4, 8), np.float32)
    assert rule_out(features, np.zeros(4), least=0.0, alike=1.0).tolist() == [COUNTS] * 4
    assert rule_out(features, np.zeros(4), least=0.0, alike=0.99).tolist() == [COUNTS, COPY, COPY, COPY]
    assert rule_out(np.zeros((0, 8)), np.zeros(0), least=0.5, alike=0.9).tolist() == []


def test_who_does_not_fit_the_prompt_stands_in_nobodys_way() -> None:
    features = np.ones((3, 8), np.float32)
    assert rule_out(features, np.array([0.1, 0.9, 0.8]), least=0.5, alike=0.99).tolist() == [OFF, COUNTS, COPY]


def test_items_that_do_not_count_are_never_elites_and_open_and_better_nothing() -> None:
    world = PlantedWorld.make(n=60, d=16, rng=np.random.default_rng(0))
    plain = world.matrix()
    fit = learn(plain, [], None, encoder="planted", study_id="s", key="k", seed=0)
    ruled = np.random.default_rng(1).integers(0, 3, 60).astype(np.int8)
    matrix = StudyMatrix(
        ids=plain.ids, positions=plain.positions, features=plain.features, quality=plain.quality, ruled_out=ruled
    )
    view = build_view(matrix, fit, (4, 4))
    alone = build_view(matrix.counted(), fit, (4, 4))
    rows = np.flatnonzero(ruled == COUNTS)
    assert [rows[e] if e >= 0 else -1 for e in alone.elites] == view.elites.tolist()
    assert (view.qd_score, view.coverage) == (alone.qd_score, alone.coverage)
    assert view.counts.sum() == 60
    ribs = pyribs_archive(matrix, view)
    assert sorted(ribs.data("position").tolist()) == sorted(view.elite_rows.tolist())
    opened, bettered = firsts(view.cells, matrix.quality, matrix.eligible)
    assert not (opened | bettered)[ruled != COUNTS].any()
    theirs = firsts(alone.cells, matrix.counted().quality)
    assert (opened[rows].tolist(), bettered[rows].tolist()) == tuple(t.tolist() for t in theirs)
    assert counts(matrix, range(30)) == (int((ruled[:30] == OFF).sum()), int((ruled[:30] == COPY).sum()))
    assert counts(plain, range(30)) == (0, 0)
