"""Texts from a language model: functions of their genomes, drawn from the model's own distribution."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from qdhf.errors import InvalidInput, MissingModel, QdhfError
from qdhf.generators.language import GumbelNoise, LanguageGenerator, gumbel
from qdhf.generators.wording import Wording, finished
from qdhf.ports import Generator
from qdhf.registry import open_generator
from qdhf.types import GeneratorSpec, Genome, Variation
from tests import tiny_language


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_language.causal(tmp_path_factory.mktemp("language") / "model")


@pytest.fixture(scope="module")
def writer(folder: Path) -> LanguageGenerator:
    return LanguageGenerator(str(folder), wording=Wording(tokens=12), batch=4)


def test_it_keeps_the_promises_of_a_generator(writer: LanguageGenerator) -> None:
    assert isinstance(writer, Generator)
    assert (writer.kind, writer.latent_shape) == ("text", ())
    (made,) = writer.generate([Genome(prompt="the sea", seed=1)])
    assert made.text is not None
    assert made.data == made.text.encode()
    assert made.media_type == "text/plain"
    assert (made.genome.temperature, made.genome.tokens) == (0.9, 12)
    (again,) = writer.generate([made.genome])
    assert again == made


def test_a_text_does_not_depend_on_what_it_was_asked_for_with(writer: LanguageGenerator) -> None:
    genomes = [Genome(prompt=prompt, seed=seed) for seed, prompt in enumerate(["the sea", "a cat", "sun and moon"] * 3)]
    together = [made.text for made in writer.generate(genomes)]
    assert len(set(together)) > 5
    assert together == [writer.generate([genome])[0].text for genome in genomes]


def test_the_largest_of_scores_and_noise_is_a_draw_from_the_softmax() -> None:
    import torch

    shares = torch.tensor([0.5, 0.3, 0.15, 0.05])
    genomes = [Genome(prompt="x", seed=seed) for seed in range(4000)]
    scores = shares.log().expand(4000, -1)
    drawn = GumbelNoise(genomes, 7)(torch.zeros((4000, 9), dtype=torch.int64), scores).argmax(1)
    found = torch.bincount(drawn, minlength=4) / 4000
    assert (found - shares).abs().max() < 4 * 0.5 / 4000**0.5


def test_noise_is_standard_gumbel_and_stays_so_along_a_path() -> None:
    path = tuple(Variation(seed=s, sigma=0.5) for s in (7, 8))
    for genome in (Genome(prompt="x", seed=3), Genome(prompt="x", seed=3, path=path)):
        noise = gumbel(genome, 5, 100_000)
        assert np.isfinite(noise).all()
        assert abs(noise.mean() - 0.5772) < 0.02
        assert abs(noise.var() - np.pi**2 / 6) < 0.05


def test_a_small_step_changes_fewer_words_than_a_large_one(writer: LanguageGenerator) -> None:
    (parent,) = writer.generate([Genome(prompt="the sea", seed=1)])
    first = str(parent.text).split()

    def kept(sigma: float) -> float:
        children = writer.generate(
            [Genome(prompt="the sea", seed=1, path=(Variation(seed=100 + s, sigma=sigma),)) for s in range(40)]
        )
        pairs = [zip(first, str(child.text).split(), strict=False) for child in children]
        return float(np.mean([len(list(itertools.takewhile(lambda pair: pair[0] == pair[1], pair))) for pair in pairs]))

    assert kept(0.0) == len(first)
    assert kept(0.05) > kept(0.4) > kept(1.0)


def test_temperature_zero_takes_the_likeliest_words_whatever_the_seed(writer: LanguageGenerator) -> None:
    made = writer.generate([Genome(prompt="the sea", seed=seed, temperature=0.0) for seed in range(3)])
    assert len({m.text for m in made}) == 1


@pytest.mark.parametrize(
    ("genome", "words"),
    [
        (Genome(prompt="x", seed=-1), "seed"),
        (Genome(prompt="x", seed=1, temperature=9.0), "temperature must lie between 0 and 5; got 9.0"),
        (Genome(prompt="x", seed=1, tokens=0), "between 1 and 4,096 tokens; got 0"),
        (Genome(prompt=" ", seed=1), "needs a prompt"),
        (Genome(prompt="cat " * 2000, seed=1), "1,024 tokens; this one has 2,002"),
        (Genome(prompt="x", seed=1, latents="ab"), "stored latents"),
        (Genome(prompt="x", seed=1, path=(Variation(seed=1, sigma=2.0),)), "between 0 and 1; got 2.0"),
    ],
)
def test_what_cannot_be_written_is_refused_with_what_was_given(
    writer: LanguageGenerator, genome: Genome, words: str
) -> None:
    with pytest.raises(InvalidInput, match=words):
        writer.check(genome)


def test_models_without_a_chat_template_are_given_the_prompt_as_it_is(tmp_path: Path) -> None:
    plain = LanguageGenerator(str(tiny_language.causal(tmp_path / "plain", chat=False)), batch=2)
    assert plain.generate([Genome(prompt="the sea", seed=1, tokens=5)])[0].text


def test_what_is_no_language_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingModel, match="There is no folder /nowhere"):
        LanguageGenerator("/nowhere")
    (tmp_path / "pytorch_model.bin").write_bytes(b"")
    with pytest.raises(MissingModel, match="pickled weights only"):
        LanguageGenerator(str(tmp_path))
    (tmp_path / "model.safetensors").write_bytes(b"")
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(InvalidInput, match="not a language model"):
        LanguageGenerator(str(tmp_path))


def test_a_text_that_was_broken_off_ends_with_a_sentence() -> None:
    assert finished(" It rains. It pours ", whole=True) == "It rains. It pours"
    assert finished("It rains. It pours", whole=False) == "It rains."
    assert finished("“It rains.” And then", whole=False) == "“It rains.”"
    assert finished("No. Then came a very long afternoon without", whole=False) == (
        "No. Then came a very long afternoon without…"
    )
    assert finished("", whole=False) == ""


def test_a_text_of_nothing_is_an_error(writer: LanguageGenerator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qdhf.generators.language.finished", lambda text, *, whole: "")
    with pytest.raises(QdhfError, match="wrote nothing"):
        writer.generate([Genome(prompt="the sea", seed=1)])


def test_the_registry_opens_it_with_the_settings_of_the_study(folder: Path) -> None:
    writer = open_generator(GeneratorSpec(name="language", model=str(folder), temperature=0.0, tokens=3))
    (made,) = writer.generate([Genome(prompt="the sea", seed=1)])
    assert (made.genome.temperature, made.genome.tokens) == (0.0, 3)
    assert len(str(made.text).rstrip("…").split()) <= 3


@pytest.mark.slow
def test_the_packaged_model_writes_sentences(monkeypatch: pytest.MonkeyPatch) -> None:
    (made,) = LanguageGenerator(batch=1).generate(
        [Genome(prompt="Name one animal of the sea.", seed=0, temperature=0.0)]
    )
    assert made.genome.tokens == 60
    assert any(
        animal in str(made.text).lower() for animal in ("whale", "dolphin", "shark", "fish", "turtle", "octopus")
    )
