"""What every generator promises (:class:`qdhf.ports.Generator`), over the planted one and genuine pipelines."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from qdhf import pictures
from qdhf.errors import InvalidInput, NotFound
from qdhf.generators.latents import pack
from qdhf.ports import Generator
from qdhf.registry import open_generator
from qdhf.types import GeneratorSpec, Genome, Variation
from tests import tiny_pipelines


class Shelf:
    """Files by SHA-256, in memory."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def put(self, data: bytes) -> str:
        name = hashlib.sha256(data).hexdigest()
        self.files[name] = data
        return name

    def get(self, sha256: str) -> bytes:
        if sha256 not in self.files:
            raise NotFound(f"There is no file {sha256}.")
        return self.files[sha256]

    def path(self, sha256: str) -> str:
        raise NotFound("Kept in memory.")


@pytest.fixture(scope="module")
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture(
    scope="module", params=["planted", "stable_diffusion", "stable_diffusion_xl", "stable_diffusion_3", "flux"]
)
def generator(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, shelf: Shelf) -> Generator:
    if request.param == "planted":
        return open_generator(GeneratorSpec(name="planted", width=16, height=16), shelf)
    folder: Path = getattr(tiny_pipelines, request.param)(tmp_path_factory.mktemp("models") / request.param)
    return open_generator(GeneratorSpec(model=str(folder), steps=2, width=16, height=16), shelf)


def test_each_genome_gives_its_picture_in_order_and_the_same_bytes_again(generator: Generator) -> None:
    genomes = [Genome(prompt=prompt, seed=seed) for prompt, seed in (("cat", 1), ("dog", 1), ("cat", 2))]
    made = generator.generate(genomes)
    assert [(m.genome.prompt, m.genome.seed) for m in made] == [("cat", 1), ("dog", 1), ("cat", 2)]
    assert len({m.data for m in made}) == 3, "prompt and seed both matter"
    again = generator.generate(genomes[::-1])[::-1]
    assert [m.data for m in made] == [m.data for m in again]


def test_what_is_made_is_a_png_of_its_pixels_with_a_resolved_genome(generator: Generator) -> None:
    (made,) = generator.generate([Genome(prompt="cat", seed=3, width=24)])
    assert made.media_type == "image/png"
    assert made.pixels is not None
    assert made.pixels.shape == (16, 24, 3)
    assert (pictures.decode(made.data) == made.pixels).all()
    genome = made.genome
    assert None not in (genome.steps, genome.guidance, genome.width, genome.height)
    assert (genome.width, genome.height) == (24, 16)
    (again,) = generator.generate([genome])
    assert again.data == made.data
    assert again.genome == genome


def test_latents_are_gaussian_from_a_seed_and_stay_so_along_a_path(generator: Generator) -> None:
    shape = generator.latent_shape
    path = (Variation(seed=8, sigma=0.6), Variation(seed=9, sigma=0.3))
    start = generator.latents(Genome(prompt="", seed=7))
    noise = [generator.latents(Genome(prompt="", seed=seed)) for seed in (8, 9)]
    assert start.shape == shape
    assert start.dtype == np.float32
    expected = 0.8 * start + 0.6 * noise[0]
    expected = np.sqrt(1 - 0.09) * expected + 0.3 * noise[1]
    walked = generator.latents(Genome(prompt="", seed=7, path=path))
    np.testing.assert_allclose(walked, expected, atol=1e-6)
    own = [(Variation(seed=s + 1000, sigma=0.6), Variation(seed=s + 2000, sigma=0.3)) for s in range(200)]
    many = np.stack([generator.latents(Genome(prompt="", seed=s, path=steps)) for s, steps in enumerate(own)])
    assert abs(many.mean()) < 0.02
    assert abs(many.std() - 1) < 0.02


def test_a_path_changes_the_picture_and_a_step_of_zero_does_not(generator: Generator) -> None:
    plain, moved, still = generator.generate(
        [
            Genome(prompt="cat", seed=1),
            Genome(prompt="cat", seed=1, path=(Variation(seed=4, sigma=0.7),)),
            Genome(prompt="cat", seed=1, path=(Variation(seed=4, sigma=0.0),)),
        ]
    )
    assert plain.data != moved.data
    assert plain.data == still.data


def test_stored_latents_give_the_picture_of_the_genome_they_came_from(generator: Generator, shelf: Shelf) -> None:
    genome = Genome(prompt="cat", seed=1, path=(Variation(seed=4, sigma=0.7),))
    stored = shelf.put(pack(generator.latents(genome)))
    from_seed, from_file = generator.generate([genome, Genome(prompt="cat", seed=1, latents=stored)])
    assert from_seed.data == from_file.data
    further = Genome(prompt="cat", seed=1, latents=stored, path=(Variation(seed=5, sigma=0.5),))
    expected = np.sqrt(0.75) * generator.latents(genome) + 0.5 * generator.latents(Genome(prompt="", seed=5))
    np.testing.assert_allclose(generator.latents(further), expected, atol=1e-6)


def test_what_cannot_be_made_is_refused_with_the_value_that_was_given(generator: Generator, shelf: Shelf) -> None:
    wrong = shelf.put(pack(np.zeros((1, 2, 3), np.float32)))
    text = shelf.put(b"not an array")
    for genome, words in (
        (Genome(prompt="", seed=-1), "-1"),
        (Genome(prompt="", seed=2**63), "seed"),
        (Genome(prompt="", seed=0, path=(Variation(seed=0, sigma=1.5),)), "1.5"),
        (Genome(prompt="", seed=0, width=100_000), "100000"),
        (Genome(prompt="", seed=0, height=3), "3"),
        (Genome(prompt="", seed=0, latents=wrong), r"\(1, 2, 3\)"),
        (Genome(prompt="", seed=0, latents=text), "npy"),
    ):
        with pytest.raises(InvalidInput, match=words):
            generator.generate([genome])
    with pytest.raises(NotFound):
        generator.generate([Genome(prompt="", seed=0, latents="0" * 64)])


def test_any_text_is_a_prompt(generator: Generator) -> None:
    made = generator.generate(
        [Genome(prompt=text, seed=1) for text in ("", "<b>猫</b> & \0 🎉", "🎉 <i>word</i> " * 700)]
    )
    assert len(made) == 3


def test_nothing_asked_is_nothing_made(generator: Generator) -> None:
    assert generator.generate([]) == []


def test_it_names_its_model_and_revision(generator: Generator) -> None:
    name, _, revision = generator.key.partition("@")
    assert name
    assert revision
    assert isinstance(generator, Generator)
    assert generator.kind == "image"
