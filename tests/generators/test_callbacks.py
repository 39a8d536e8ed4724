"""What pulls want, and how far x̂0 is moved for it, on maps that can be calculated by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from qdhf.errors import InvalidInput, QdhfError
from qdhf.generators.callbacks import OVERSHOOT, DescriptorGuidance, Spreading, Steered, pack_axes, unpack_axes
from qdhf.generators.callbacks_clean import Moment
from qdhf.generators.latents import pack
from qdhf.types import Apart, Projection, Toward

NOW = Moment(0, 4)
ROWS = torch.tensor([[0.0, 2.0, 0.0], [0.0, 0.0, 3.0]])


def plane(clean: torch.Tensor) -> torch.Tensor:
    """Places (n, 2) of x̂0 (n, 3, 1, 1), linear."""
    return clean.flatten(1) @ ROWS.T


def x(*rows: tuple[float, float, float]) -> torch.Tensor:
    return torch.tensor(rows).view(-1, 3, 1, 1)


def toward(*target: float, strength: float = 1.0, start: float = 0.0) -> Toward:
    return Toward(target=target, strength=strength, start=start)


def test_stored_axes_place_as_the_projection_does() -> None:
    rng = np.random.default_rng(0)
    projection = Projection(weights=rng.normal(size=(2, 5)), mean=rng.normal(size=5), scale=3.0)
    features = rng.normal(size=(7, 5))
    axes = unpack_axes(pack_axes(projection), 5)
    np.testing.assert_allclose(features @ axes[:, :-1].T + axes[:, -1], projection(features), atol=1e-6)


def test_stored_axes_of_another_encoder_are_refused_with_both_shapes() -> None:
    with pytest.raises(InvalidInput, match=r"\(k, 6\).*got \(2, 8\)"):
        unpack_axes(pack(np.zeros((2, 8), np.float32)), 5)


def test_a_picture_moves_straight_to_its_target_and_past_it_by_what_the_model_takes_back() -> None:
    clean = x((5.0, 1.0, 0.0))
    moved = Steered(plane, [DescriptorGuidance([toward(4.0, 0.0)])])(clean, NOW)
    torch.testing.assert_close(moved, OVERSHOOT * x((0.0, 1.0, 0.0)))
    torch.testing.assert_close(plane(clean + moved / OVERSHOOT), torch.tensor([[4.0, 0.0]]))


def test_a_move_is_never_longer_than_its_share_of_the_latents() -> None:
    clean = x((3.0, 0.0, 4.0))  # length 5
    moved = Steered(plane, [DescriptorGuidance([toward(100.0, 12.0, strength=0.1)])])(clean, NOW)
    torch.testing.assert_close(moved, x((0.0, 0.5, 0.0)))


def test_pictures_without_a_target_do_not_move_at_all_and_do_not_count_for_others() -> None:
    guide = DescriptorGuidance([None, toward(4.0, 0.0), toward(4.0, 0.0, start=0.5)])
    moved = Steered(plane, [guide])(x((5.0, 1.0, 0.0), (5.0, 1.0, 0.0), (5.0, 1.0, 0.0)), NOW)
    assert torch.equal(moved[[0, 2]], torch.zeros(2, 3, 1, 1))
    torch.testing.assert_close(moved[1:2], OVERSHOOT * x((0.0, 1.0, 0.0)))


def test_nothing_is_calculated_before_the_start_and_in_the_last_step() -> None:
    def never(_: torch.Tensor) -> torch.Tensor:
        raise AssertionError

    steered = Steered(never, [DescriptorGuidance([toward(1.0, 1.0, start=0.5), None])])
    assert [steered(x((1.0, 1.0, 1.0)), Moment(step, 4)) for step in (0, 1, 3)] == [None, None, None]
    with pytest.raises(AssertionError):
        steered(x((1.0, 1.0, 1.0)), Moment(2, 4))


def test_a_move_that_is_no_number_is_an_error_that_says_what_to_do() -> None:
    steered = Steered(lambda clean: plane(clean) * float("nan"), [DescriptorGuidance([toward(1.0, 1.0)])])
    with pytest.raises(QdhfError, match=r"no numbers .* weaker strength"):
        steered(x((1.0, 1.0, 1.0)), NOW)


def test_two_pictures_that_are_too_close_are_both_pushed_to_the_radius() -> None:
    spreading = Spreading([Apart(radius=2.0, strength=0.3)] * 2, real=2)
    places = torch.tensor([[0.0, 0.0], [0.5, 0.0]])
    targets, caps = spreading.wanted(places, NOW)
    torch.testing.assert_close(targets, torch.tensor([[-1.5, 0.0], [2.0, 0.0]]))
    torch.testing.assert_close(caps, torch.tensor([0.3, 0.3]))
    assert spreading.met == {0: [(0.5, 0.0)], 1: [(0.0, 0.0)]}


def test_the_nearest_of_all_others_counts_and_those_far_away_do_not() -> None:
    rng = np.random.default_rng(0)
    places = rng.normal(size=(9, 2)).astype(np.float32)
    spreading = Spreading([Apart(radius=0.7)] * 9, real=9)
    _, caps = spreading.wanted(torch.from_numpy(places), NOW)
    apart = np.linalg.norm(places[:, None] - places[None], axis=2) + 99 * np.eye(9)
    np.testing.assert_array_equal([spreading.met[i][0] for i in range(9)], places[apart.argmin(axis=1)])
    np.testing.assert_array_equal(caps.numpy() > 0, apart.min(axis=1) < 0.7)
    assert 0 < (caps > 0).sum() < 9


def test_copies_that_fill_the_batch_are_no_neighbours_and_one_alone_has_none() -> None:
    spreading = Spreading([Apart()] * 4, real=1)
    _, caps = spreading.wanted(torch.zeros(4, 2), NOW)
    assert not caps.any()
    assert spreading.met == {}


def test_pictures_drawn_before_in_the_request_are_neighbours() -> None:
    spreading = Spreading([Apart(radius=2.0)], real=1, before={0: [(1.0, 0.0), (9.0, 9.0)], 1: [(0.0, 1.0)]})
    targets, _ = spreading.wanted(torch.zeros(1, 2), NOW)
    torch.testing.assert_close(targets, torch.tensor([[-1.0, 0.0]]))
    targets, _ = spreading.wanted(torch.zeros(1, 2), Moment(1, 4))
    torch.testing.assert_close(targets, torch.tensor([[0.0, -1.0]]))


def test_places_that_a_genome_brings_are_followed_in_turn_whoever_is_near() -> None:
    spreading = Spreading([Apart(radius=2.0, away=((1.0, 0.0), (0.0, 1.0)), start=0.25), None], real=2)
    places = torch.tensor([[0.0, 0.0], [-0.1, 0.0]])
    found = [spreading.wanted(places, Moment(step, 4))[0][0].tolist() for step in range(3)]
    assert found == [[0.0, 0.0], [-1.0, 0.0], [0.0, -1.0]]


def test_moves_of_several_pulls_add_up() -> None:
    pulls = [DescriptorGuidance([toward(4.0, 0.0)]), DescriptorGuidance([toward(2.0, 3.0)])]
    moved = Steered(plane, pulls)(x((5.0, 1.0, 0.0)), NOW)
    torch.testing.assert_close(moved, OVERSHOOT * x((0.0, 1.0, 1.0)))
