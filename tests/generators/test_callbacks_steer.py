"""Steered genomes through genuine pipelines: the same bytes again, nothing where nothing is asked, clear refusals."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch

from qdhf.encoders.efficientnet import EfficientNetEncoder
from qdhf.encoders.pixels import PixelEncoder
from qdhf.errors import InvalidInput
from qdhf.generators.callbacks import pack_axes
from qdhf.generators.diffusion import DiffusionGenerator
from qdhf.generators.pipelines import Settings
from qdhf.ports import Made
from qdhf.types import (
    Apart,
    Avoid,
    FloatArray,
    Genome,
    Projection,
    Steering,
    Toward,
    genome_from_record,
    genome_record,
)
from qdhf.weights import quiet
from tests import tiny_pipelines

torch.set_num_threads(1)
FAMILIES = ("stable_diffusion", "stable_diffusion_xl", "stable_diffusion_3", "flux")
SMALL = Settings(steps=4, width=16, height=16)
GENOMES = [Genome(prompt="cat", seed=seed) for seed in range(3)]


class Shelf:
    """Files by SHA-256, in memory."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def put(self, data: bytes) -> str:
        name = hashlib.sha256(data).hexdigest()
        self.files[name] = data
        return name

    def get(self, sha256: str) -> bytes:
        return self.files[sha256]


@pytest.fixture(scope="module")
def shelf() -> Any:
    return Shelf()


@pytest.fixture(scope="module")
def encoder() -> EfficientNetEncoder:
    return EfficientNetEncoder(device="cpu")


@pytest.fixture(scope="module", params=FAMILIES)
def generator(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, shelf: Any, encoder: EfficientNetEncoder
) -> DiffusionGenerator:
    folder: Path = getattr(tiny_pipelines, request.param)(tmp_path_factory.mktemp("models") / request.param)
    return DiffusionGenerator(str(folder), settings=SMALL, device="cpu", blobs=shelf, encoder=encoder)


@pytest.fixture
def diffusion(tmp_path: Path, shelf: Any, encoder: EfficientNetEncoder) -> DiffusionGenerator:
    folder = tiny_pipelines.stable_diffusion(tmp_path / "tiny")
    return DiffusionGenerator(str(folder), settings=SMALL, device="cpu", blobs=shelf, encoder=encoder)


@pytest.fixture(scope="module")
def projection(generator: DiffusionGenerator, encoder: EfficientNetEncoder) -> Projection:
    return map_of(generator, encoder)


def map_of(generator: DiffusionGenerator, encoder: EfficientNetEncoder) -> Projection:
    """Two axes along which pictures of this generator differ by about 1."""
    features = features_of(generator.generate([Genome(prompt="cat", seed=s) for s in range(100, 106)]), encoder)
    centred = features - features.mean(axis=0)
    axes = np.linalg.svd(centred, full_matrices=False)[2][:2]
    return Projection(weights=axes, mean=features.mean(axis=0), scale=float((centred @ axes.T).std()))


def features_of(made: list[Made], encoder: EfficientNetEncoder) -> FloatArray:
    return encoder.encode([m.pixels for m in made])


def steered(axes: str, encoder: EfficientNetEncoder, **wishes: Any) -> Steering:
    return Steering(axes=axes, encoder=encoder.key, **wishes)


def with_steering(genomes: list[Genome], steering: Steering) -> list[Genome]:
    return [dataclasses.replace(g, steering=steering) for g in genomes]


def test_every_family_draws_nearer_to_its_target_and_the_same_bytes_again(
    generator: DiffusionGenerator, projection: Projection, shelf: Any, encoder: EfficientNetEncoder
) -> None:
    axes = shelf.put(pack_axes(projection))
    plain = generator.generate(GENOMES)
    target = (1.0, -1.0)
    guided = with_steering(GENOMES, steered(axes, encoder, toward=Toward(target=target, strength=0.3)))
    mixed = generator.generate([GENOMES[0], guided[1], GENOMES[2], guided[0], guided[2]])
    assert [mixed[0].data, mixed[2].data] == [plain[0].data, plain[2].data], "the others are as without any steering"
    made = [mixed[3], mixed[1], mixed[4]]
    far, near = (
        np.linalg.norm(projection(features_of(part, encoder)) - target, axis=1).mean() for part in (plain, made)
    )
    assert near < far
    record = json.loads(json.dumps(genome_record(made[0].genome)))
    assert generator.generate([genome_from_record(record)])[0].data == made[0].data


def test_pictures_kept_apart_are_each_made_again_alone(
    generator: DiffusionGenerator, projection: Projection, shelf: Any, encoder: EfficientNetEncoder
) -> None:
    wish = steered(shelf.put(pack_axes(projection)), encoder, apart=Apart(radius=50.0, strength=0.3))
    generator.batch = 2  # so that the third has neighbours in another part alone
    plain, made = generator.generate(GENOMES), generator.generate(with_steering(GENOMES, wish))
    assert all(one.data != other.data for one, other in zip(plain, made, strict=True))
    for one in made:
        assert one.genome.steering is not None
        assert one.genome.steering.apart is not None
        assert len(one.genome.steering.apart.away) == 3, "one place for each step but the last"
    for one in made[1:]:
        record = json.loads(json.dumps(genome_record(one.genome)))
        (again,) = generator.generate([genome_from_record(record)])
        assert (again.data, again.genome) == (one.data, one.genome)
    generator.batch = 4


def test_steering_that_does_nothing_leaves_bytes_and_genome_as_without_it(
    generator: DiffusionGenerator, projection: Projection, shelf: Any, encoder: EfficientNetEncoder
) -> None:
    nothing = [
        Steering(),
        Steering(toward=Toward(target=(1.0, 1.0), strength=0.0), apart=Apart(strength=0.0), avoid=Avoid(text=" ")),
    ]
    plain = generator.generate(GENOMES[:1])
    for steering in nothing:
        (made,) = generator.generate(with_steering(GENOMES[:1], steering))
        assert (made.data, made.genome) == (plain[0].data, plain[0].genome)
    alone = steered(shelf.put(pack_axes(projection)), encoder, apart=Apart())
    (made,) = generator.generate(with_steering(GENOMES[:1], alone))
    assert (made.data, made.genome) == (plain[0].data, plain[0].genome), "there is nobody to keep apart from"


def test_spreading_draws_pictures_further_apart(
    diffusion: DiffusionGenerator, shelf: Any, encoder: EfficientNetEncoder
) -> None:
    projection = map_of(diffusion, encoder)
    wish = steered(shelf.put(pack_axes(projection)), encoder, apart=Apart(radius=3.0, strength=0.3))
    genomes = [Genome(prompt="cat", seed=seed) for seed in range(4)]
    plain, made = diffusion.generate(genomes), diffusion.generate(with_steering(genomes, wish))
    assert nearest(projection(features_of(made, encoder))) > 1.1 * nearest(projection(features_of(plain, encoder)))


def nearest(places: FloatArray) -> float:
    """Mean distance to the nearest other place."""
    apart = np.linalg.norm(places[:, None] - places[None], axis=2) + 1e9 * np.eye(len(places))
    return float(apart.min(axis=1).mean())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"encoder": "other@1"}, r"belong to the encoder other@1; this study has efficientnet-lite0"),
        ({"toward": Toward(target=(1.0,))}, r"2 finite numbers; got \(1.0,\)"),
        ({"toward": Toward(target=(1.0, float("nan")))}, "2 finite numbers"),
        ({"toward": Toward(target=(1.0, 1.0), strength=1.5)}, r"strength .* got 1\.5"),
        ({"toward": Toward(target=(1.0, 1.0), start=1.0)}, r"start .* got 1\.0"),
        ({"apart": Apart(radius=-1.0)}, r"distance .* got -1\.0"),
        ({"apart": Apart(away=((1.0, 2.0, 3.0),))}, "2 finite numbers"),
        ({"avoid": Avoid(text="hat", start=0.0)}, "use the negative prompt"),
    ],
)
def test_what_cannot_work_is_refused_before_anything_is_drawn(
    change: dict[str, Any], words: str, diffusion: DiffusionGenerator, shelf: Any, encoder: EfficientNetEncoder
) -> None:
    drawn: list[int] = []
    diffusion._on_step = drawn.append
    flat = Projection(weights=np.eye(2, encoder.size), mean=np.zeros(encoder.size), scale=1.0)
    good = steered(shelf.put(pack_axes(flat)), encoder, toward=Toward(target=(1.0, 1.0)))
    with pytest.raises(InvalidInput, match=words):
        diffusion.generate([*GENOMES, *with_steering(GENOMES[:1], dataclasses.replace(good, **change))])
    assert drawn == []


def test_an_encoder_without_a_gradient_and_a_missing_one_are_refused(diffusion: DiffusionGenerator, shelf: Any) -> None:
    wish = Steering(axes="a" * 64, encoder="pixels@1", toward=Toward(target=(1.0, 1.0)))
    folder = str(diffusion.pipeline.config._name_or_path)
    (steered_genome,) = with_steering(GENOMES[:1], wish)
    for encoder, words in ((PixelEncoder(), "pixels@1 has no gradient"), (None, "opened without one")):
        generator = DiffusionGenerator(folder, settings=SMALL, blobs=shelf, encoder=encoder)
        with pytest.raises(InvalidInput, match=words):
            generator.generate(with_steering(GENOMES, wish))
        with pytest.raises(InvalidInput, match=words):
            generator.check(steered_genome)
        np.testing.assert_array_equal(generator.latents(steered_genome), generator.latents(GENOMES[0]))


def test_a_scheduler_that_cannot_be_steered_is_refused_and_still_draws_without(
    diffusion: DiffusionGenerator, shelf: Any, encoder: EfficientNetEncoder
) -> None:
    with quiet("diffusers"):
        diffusion.pipeline.scheduler = diffusers.KDPM2DiscreteScheduler.from_config(diffusion.pipeline.scheduler.config)
    wish = steered("a" * 64, encoder, toward=Toward(target=(1.0, 1.0)))
    with pytest.raises(InvalidInput, match="KDPM2DiscreteScheduler"):
        diffusion.generate(with_steering(GENOMES[:1], wish))
    assert len(diffusion.generate(GENOMES[:1])) == 1


def test_words_to_avoid_change_those_pictures_alone_and_come_out_the_same_again(generator: DiffusionGenerator) -> None:
    wish = Steering(avoid=Avoid(text="hat", start=0.5))
    if "negative_prompt" not in generator._opened.accepts or "true_cfg_scale" in generator._opened.accepts:
        with pytest.raises(InvalidInput, match="cannot change its texts"):
            generator.generate(with_steering(GENOMES, wish))
        return
    plain = generator.generate(GENOMES)
    avoiding = with_steering(GENOMES, wish)
    made = generator.generate([avoiding[0], GENOMES[1], avoiding[2]])
    assert [m.data == p.data for m, p in zip(made, plain, strict=True)] == [False, True, False]
    assert generator.generate([made[2].genome])[0].data == made[2].data


def test_without_guidance_there_is_nothing_to_lead_away_from(diffusion: DiffusionGenerator) -> None:
    genome = Genome(prompt="cat", seed=1, guidance=1.0, steering=Steering(avoid=Avoid(text="hat")))
    (made,) = diffusion.generate([genome])
    assert made.genome.steering is None
