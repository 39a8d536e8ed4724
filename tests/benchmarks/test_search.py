"""The search benchmark: a fair world, the recipe as published, figures by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.search import BATCH, FIRST, Trace, first_population, needed, ours, published, summary
from benchmarks.search_worlds import POWERS, SHAPE, Planted

TRACE = Trace(
    filled=[10, 12, 15, 15, 20], cells=20, score=9.0, aimed=4, near=3, hits=1, made={"fresh": 1, "prompt": 3},
    opened={"prompt": 3}, expected=2.5, gained=3,
)  # fmt: skip


@pytest.fixture(scope="module")
def world() -> Planted:
    return Planted(0)


def test_planted_places_vary_and_follow_their_parents_as_far_as_the_angle_says(world: Planted) -> None:
    rng = np.random.default_rng(0)
    z = rng.standard_normal((1500, *SHAPE))
    factors = world._shared(z.reshape(1500, -1))
    assert factors.std(axis=0) == pytest.approx(np.ones(9), abs=0.1)
    for cosine in (0.9, 0.5):
        child = cosine * z + np.sqrt(1 - cosine**2) * rng.standard_normal(z.shape)
        moved = world._shared(child.reshape(1500, -1))
        alike = np.mean([np.corrcoef(factors[:, i], moved[:, i])[0, 1] for i in range(9)])
        assert alike == pytest.approx(sum(w * cosine**p for w, p in zip(POWERS, (1, 2, 3), strict=True)), abs=0.05)


def test_pictures_repeat_themselves_and_prompts_matter(world: Planted) -> None:
    z = np.stack([world.noise(n) for n in (1, 1, 2)])
    features, quality = world.render(z, ["a red cat", "a red cat", "a red cat"])
    np.testing.assert_array_equal(features[0], features[1])
    assert np.abs(features[0] - features[2]).max() > 0.1
    assert ((quality > 0) & (quality < 1)).all()
    assert np.abs(world.render(z[:1], ["a blue cat"])[0] - features[0]).max() > 0.1


def test_both_start_from_the_same_population_and_map(world: Planted) -> None:
    (one, fit), (two, again) = first_population(world, 3), first_population(world, 3)
    assert one.genomes == two.genomes
    assert len(one.genomes) == FIRST
    np.testing.assert_array_equal(fit.projection.weights, again.projection.weights)


def test_the_published_recipe_adds_a_tenth_and_never_changes_a_prompt(world: Planted) -> None:
    book, fit = first_population(world, 0)
    published(book, fit, BATCH, 0, goal=lambda cells: 0)
    children = list(book.genomes.items())[FIRST:]
    assert len(children) == BATCH
    for item, genome in children:
        assert genome.latents is not None
        assert genome.prompt == book.genomes[genome.latents].prompt
        assert np.std(book.latents[item] - book.latents[genome.latents]) == pytest.approx(0.1, abs=0.01)


def test_the_published_recipe_goes_on_until_it_gets_there_or_patience_ends(world: Planted) -> None:
    book, fit = first_population(world, 0)
    told = published(book, fit, 8, 0, goal=lambda cells: 1000)
    assert len(told.filled) == 4 * 8 + 1
    assert told.aimed == 8  # figures are about equal images


@pytest.mark.slow
def test_ours_fills_more_cells_and_hits_more_often(world: Planted) -> None:
    (book, fit), (other, _) = first_population(world, 0), first_population(world, 0)
    mine, theirs = ours(book, fit, 80, 0), published(other, fit, 80, 0, goal=lambda cells: 0)
    assert mine.cells > 1.5 * theirs.cells
    assert mine.score > 1.5 * theirs.score
    assert mine.near / mine.aimed > 3 * theirs.near / theirs.aimed
    assert sum(mine.made.values()) == 80
    assert 0.6 < mine.gained / mine.expected < 1.7


def test_pictures_needed_are_counted_after_the_first_population() -> None:
    assert [needed(TRACE.filled, goal) for goal in (10, 11, 15, 16, 21)] == [0, 1, 2, 4, None]


def test_figures_are_means_over_seeds_with_patience_as_the_most() -> None:
    slow = replace(TRACE, filled=[10, 10, 10, 10, 10, 10, 10, 11, 12], cells=10, score=5.0, near=0, hits=0)
    never = replace(slow, filled=[5] * 17, cells=5)
    found = summary([(TRACE, replace(slow, cells=22)), (TRACE, replace(never, score=10.0))], 4)
    assert found["needed"] == [[1, 7], [0, None]]  # half of 22, half of 20
    assert found["images_ratio"] == round((1 / 7 + 0 / 16) / 2, 3)
    assert (found["hit_rate"], found["hit_exact"], found["hit_rate_published"]) == (0.75, 0.25, 0.0)
    assert (found["qd_score_wins"], found["seeds"]) == (1, 2)
    assert found["shares"] == {"fresh": 0.25, "prompt": 0.75}
    assert found["yields"] == {"fresh": 0.0, "prompt": 1.0}
