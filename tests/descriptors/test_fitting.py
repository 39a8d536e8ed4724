"""The learner against planted axes, and what it does with few, worthless, graded or combined answers."""

from __future__ import annotations

import numpy as np
import pytest

from qdhf.descriptors import fitting
from qdhf.descriptors.as_published import fit_as_published
from qdhf.descriptors.fitting import fit_projection, refit
from qdhf.descriptors.likelihood import MOST_LAPSES, as_answers, selected
from qdhf.descriptors.maps import RawDraws, averaged
from qdhf.descriptors.projection import pca_projection
from qdhf.descriptors.validation import triplet_accuracy
from qdhf.errors import InvalidInput, NotEnoughJudgments
from qdhf.planted import PlantedWorld, judge, random_triplets
from qdhf.types import Answers, Choices, IntArray, Projection, Triplets


def accuracy(world: PlantedWorld, projection: Projection) -> float:
    found = triplet_accuracy(projection, world.features, world.triplets(3000, rng=np.random.default_rng(99)))
    assert found is not None
    return found.value


def fitted(seed: int, n: int, flip: float = 0.0) -> tuple[PlantedWorld, fitting.Learned]:
    rng = np.random.default_rng(seed)
    world = PlantedWorld.make(rng=rng)
    answers, prior = world.triplets(n, rng=rng, flip=flip), pca_projection(world.features)
    return world, fit_projection(world.features, answers, prior=prior, rng=np.random.default_rng(seed))


def test_100_clean_answers_reveal_the_planted_axes_that_pca_misses() -> None:
    for seed in range(3):
        world, learned = fitted(seed, 100)
        assert accuracy(world, learned.projection) >= 0.85  # 0.90 measured
        assert accuracy(world, pca_projection(world.features)) <= 0.6  # 0.50 measured
        assert not learned.stayed


def test_it_learns_more_from_100_answers_than_the_published_recipe_from_400() -> None:
    ours, published = [], []
    for seed in range(3):
        world, learned = fitted(seed, 100)
        rng = np.random.default_rng(seed)
        ours.append(accuracy(world, learned.projection))
        answers = world.triplets(400, rng=rng)
        published.append(accuracy(world, fit_as_published(world.features, answers, rng=rng)))
    assert np.mean(ours) > np.mean(published) + 0.03


def test_wrong_answers_cost_little() -> None:
    world, learned = fitted(0, 500, flip=0.1)
    assert accuracy(world, learned.projection) >= 0.85
    assert 0.03 < learned.lapse <= MOST_LAPSES
    _, clean = fitted(0, 500)
    assert clean.lapse < 0.03


def test_few_answers_are_never_much_worse_than_axes_that_fit_people() -> None:
    worse = []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        world = PlantedWorld.make(rng=rng)
        good = pca_projection(world.human)
        mix, *_ = np.linalg.lstsq(world.features - world.features.mean(axis=0), good(world.human), rcond=None)
        prior = Projection(weights=mix.T, mean=world.features.mean(axis=0), scale=1.0)
        learned = fit_projection(world.features, world.triplets(20, rng=rng, flip=0.1), prior=prior, rng=rng)
        worse.append(accuracy(world, prior) - accuracy(world, learned.projection))
    assert np.mean(worse) <= 0.05


def test_answers_by_chance_leave_the_prior_in_place() -> None:
    """With axes that fit people, 60 coin flips must not talk the map out of them."""
    rng = np.random.default_rng(0)
    world = PlantedWorld.make(rng=rng)
    prior = pca_projection(world.features)
    learned = fit_projection(world.features, world.triplets(60, rng=rng, flip=0.5), prior=prior, rng=rng)
    near, far = world.features[:150], world.features[150:]
    before, after = (np.linalg.norm(p(near) - p(far), axis=1) for p in (prior, learned.projection))
    assert np.corrcoef(before, after)[0, 1] > 0.8
    assert learned.lapse > 0.05


def test_answers_that_fit_the_prior_exactly_leave_it_in_place() -> None:
    rng = np.random.default_rng(0)
    world = PlantedWorld.make(rng=rng)
    prior = pca_projection(world.features)
    seen = prior(world.features)
    items = random_triplets(300, 150, rng)
    answers = Triplets(items=items, target=judge(seen, items, rng=rng), rater=np.zeros(150, np.int64))
    learned = fit_projection(world.features, answers, prior=prior, rng=rng)
    assert learned.stayed
    tests = random_triplets(300, 2000, rng)
    told = Triplets(items=tests, target=judge(seen, tests, rng=rng), rater=np.zeros(2000, np.int64))
    found = triplet_accuracy(learned.projection, world.features, told)
    assert found is not None
    assert found.value > 0.95


def test_steepness_makes_the_map_as_sure_as_the_draws_are() -> None:
    world, learned = fitted(0, 200)
    places = learned.projection(world.features)
    r, a, b = random_triplets(300, 2000, np.random.default_rng(5)).T
    gap = ((places[r] - places[b]) ** 2).sum(axis=1) - ((places[r] - places[a]) ** 2).sum(axis=1)
    chance = learned.lapse + (1 - 2 * learned.lapse) / (1 + np.exp(-learned.steepness * gap))
    right = world.human
    closer = ((right[r] - right[b]) ** 2).sum(axis=1) > ((right[r] - right[a]) ** 2).sum(axis=1)
    sure = np.maximum(chance, 1 - chance)
    assert abs(sure.mean() - ((chance > 0.5) == closer).mean()) < 0.08  # this judge never errs: nothing can be too sure


def test_the_averaged_map_of_one_draw_is_that_draw() -> None:
    world, learned = fitted(0, 50)
    raw = learned.draws
    alone = RawDraws(
        basis=raw.basis, mean=raw.mean, coefficients=raw.coefficients[:1], lapse=raw.lapse[:1], share=np.ones(1)
    )
    places, own = averaged(alone, world.features)(world.features), raw.places(world.features)[0]
    r, a, b = random_triplets(300, 500, np.random.default_rng(5)).T

    def ratio(x: np.ndarray) -> np.ndarray:
        return ((x[r] - x[b]) ** 2).sum(axis=1) / ((x[r] - x[a]) ** 2).sum(axis=1)

    assert ratio(places) == pytest.approx(ratio(own), rel=1e-4)


def test_an_answer_of_weight_two_is_two_answers() -> None:
    world, _ = fitted(0, 5)
    rng = np.random.default_rng(1)
    one = world.triplets(30, rng=rng)
    twice = Triplets(
        items=np.concatenate([one.items] * 2), target=np.tile(one.target, 2), rater=np.zeros(60, np.int64)
    )  # fmt: skip
    prior = pca_projection(world.features)
    heavy = fit_projection(world.features, one, prior=prior, rng=np.random.default_rng(0), weights=np.full(30, 2.0))
    double = fit_projection(world.features, twice, prior=prior, rng=np.random.default_rng(0))
    assert heavy.state.drawn.log_evidence == pytest.approx(double.state.drawn.log_evidence, abs=2.5)
    assert heavy.lapse == pytest.approx(double.lapse, abs=0.02)


def odd_ones(world: PlantedWorld, n: int, rng: np.random.Generator) -> Choices:
    items = random_triplets(300, n, rng)
    pairs = np.stack([items[:, [0, 1]], items[:, [0, 2]], items[:, [1, 2]]], axis=1)
    gap = world.human[pairs[..., 0]] - world.human[pairs[..., 1]]
    order = np.argsort((gap**2).sum(axis=2), axis=1)
    return Choices(pairs=np.take_along_axis(pairs, order[..., None], axis=1), chosen=1, rater=np.zeros(n, np.int64))


def grids(world: PlantedWorld, n: int, rng: np.random.Generator) -> Choices:
    shown = np.stack([rng.choice(300, 9, replace=False) for _ in range(n)])
    pairs = np.stack([np.repeat(shown[:, :1], 8, axis=1), shown[:, 1:]], axis=2)
    gap = world.human[pairs[..., 0]] - world.human[pairs[..., 1]]
    order = np.argsort((gap**2).sum(axis=2), axis=1)
    return Choices(pairs=np.take_along_axis(pairs, order[..., None], axis=1), chosen=2, rater=np.zeros(n, np.int64))


def no_triplets() -> Triplets:
    return Triplets(items=np.zeros((0, 3), np.int64), target=np.zeros(0, np.float32), rater=np.zeros(0, np.int64))


@pytest.mark.parametrize(("make", "screens", "floor"), [(odd_ones, 100, 0.85), (grids, 40, 0.85)])
def test_screens_of_other_kinds_teach_alone(make: object, screens: int, floor: float) -> None:
    rng = np.random.default_rng(0)
    world = PlantedWorld.make(rng=rng)
    answers = Answers(triplets=no_triplets(), choices=(make(world, screens, rng),), raters=("x",))  # type: ignore[operator]
    learned = fit_projection(world.features, answers, prior=pca_projection(world.features), rng=rng)
    assert accuracy(world, learned.projection) >= floor


def test_40_grids_teach_more_than_40_triplets() -> None:
    more, fewer = [], []
    for seed in range(2):
        rng = np.random.default_rng(seed)
        world = PlantedWorld.make(rng=rng)
        prior = pca_projection(world.features)
        answers = Answers(triplets=no_triplets(), choices=(grids(world, 40, rng),), raters=("x",))
        more.append(accuracy(world, fit_projection(world.features, answers, prior=prior, rng=rng).projection))
        alone = world.triplets(40, rng=rng)
        fewer.append(accuracy(world, fit_projection(world.features, alone, prior=prior, rng=rng).projection))
    assert np.mean(more) > np.mean(fewer) + 0.1


def test_the_less_decided_rater_gets_the_higher_temperature() -> None:
    rng = np.random.default_rng(0)
    world = PlantedWorld.make(rng=rng)
    items = random_triplets(300, 400, rng)
    gap = ((world.human[items[:, 0]] - world.human[items[:, 2]]) ** 2).sum(axis=1)
    gap -= ((world.human[items[:, 0]] - world.human[items[:, 1]]) ** 2).sum(axis=1)
    rater = np.arange(400) % 2
    chance = 1 / (1 + np.exp(-gap * np.where(rater == 0, 3.0, 0.4)))
    target = (rng.random(400) < chance).astype(np.float32)
    answers = Answers(triplets=Triplets(items=items, target=target, rater=rater), raters=("sure", "vague"))
    learned = fit_projection(world.features, answers, prior=pca_projection(world.features), rng=rng, temperatures=True)
    sure, vague = learned.temperatures
    assert vague > 1.2 * sure


def test_the_same_seed_learns_the_same() -> None:
    _, one = fitted(3, 60)
    _, two = fitted(3, 60)
    assert (one.projection.weights == two.projection.weights).all()
    assert (one.steepness, one.lapse, one.evident) == (two.steepness, two.lapse, two.evident)


def part(answers: Triplets, n: int) -> Answers:
    rows: IntArray = np.arange(n)
    return selected(as_answers(answers), rows)


def test_a_refit_after_ten_answers_is_as_good_as_a_fit_from_scratch() -> None:
    rng = np.random.default_rng(0)
    world = PlantedWorld.make(rng=rng)
    answers, prior = world.triplets(110, rng=rng), pca_projection(world.features)
    before = fit_projection(world.features, part(answers, 100), prior=prior, rng=rng)
    after = refit(world.features, part(answers, 110), before, rng=rng)
    assert len(after.state.answers) == 110
    assert after.state.scratch == 100
    whole = fit_projection(world.features, answers, prior=prior, rng=rng)
    assert accuracy(world, after.projection) >= accuracy(world, whole.projection) - 0.03
    assert refit(world.features, part(answers, 110), after, rng=rng) is after


def test_undone_answers_are_fitted_anew() -> None:
    rng = np.random.default_rng(0)
    world = PlantedWorld.make(rng=rng)
    answers, prior = world.triplets(40, rng=rng), pca_projection(world.features)
    before = fit_projection(world.features, part(answers, 40), prior=prior, rng=rng)
    after = refit(world.features, selected(as_answers(answers), np.arange(5, 40)), before, rng=rng)
    assert after.state.scratch == len(after.state.answers) == 35


def test_very_many_answers_are_fitted_around_the_mode() -> None:
    world, learned = fitted(0, fitting.MOST_SAMPLED + 500, flip=0.05)
    assert accuracy(world, learned.projection) >= 0.96
    assert learned.lapse == pytest.approx(0.05, abs=0.03)


def test_identical_items_do_not_break_it() -> None:
    features = np.ones((5, 4), np.float32)
    answers = Triplets(items=np.array([[0, 1, 2]] * 3), target=np.ones(3, np.float32), rater=np.zeros(3, np.int64))
    prior = Projection(weights=np.eye(2, 4), mean=np.ones(4), scale=1.0)
    learned = fit_projection(features, answers, prior=prior, rng=np.random.default_rng(0))
    assert np.isfinite(learned.projection(features)).all()


def test_no_answers_are_refused_with_what_to_do() -> None:
    world = PlantedWorld.make(rng=np.random.default_rng(0))
    with pytest.raises(NotEnoughJudgments, match="Label some questions first"):
        fit_projection(
            world.features, no_triplets(), prior=pca_projection(world.features), rng=np.random.default_rng(0)
        )


def test_rows_that_are_not_there_are_named() -> None:
    world = PlantedWorld.make(rng=np.random.default_rng(0))
    answers = Triplets(items=np.array([[0, 1, 300]]), target=np.ones(1, np.float32), rater=np.zeros(1, np.int64))
    with pytest.raises(InvalidInput, match="rows 0 to 299 of the features; got 0 to 300"):
        fit_projection(world.features, answers, prior=pca_projection(world.features), rng=np.random.default_rng(0))


def test_a_fit_with_temperatures_goes_on_with_temperatures() -> None:
    rng = np.random.default_rng(0)
    world = PlantedWorld.make(rng=rng)
    one = world.triplets(40, rng=rng)
    both = Answers(
        triplets=Triplets(items=one.items, target=one.target, rater=np.arange(40) % 2), raters=("x", "y")
    )  # fmt: skip
    prior = pca_projection(world.features)
    first = selected(both, np.arange(30))
    before = fit_projection(world.features, first, prior=prior, rng=rng, temperatures=True)
    after = refit(world.features, both, before, rng=rng)
    assert len(after.state.answers) == 40
    assert len(after.temperatures) == 2
    assert (after.temperatures != 1).all()
