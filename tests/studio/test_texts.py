"""Studies of texts: made, encoded, judged by how they read, placed, varied; and what does not go together is refused."""

from __future__ import annotations

import pytest

from qdhf.errors import InvalidInput
from qdhf.studio import Studio
from qdhf.types import GeneratorSpec
from tests import tiny_language
from tests.studio.conftest import label, work


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tiny_language.causal(tmp_path_factory.mktemp("texts") / "model"))


def test_a_study_of_texts_goes_all_the_way(studio: Studio, model: str) -> None:
    spec = GeneratorSpec(name="language", model=model, tokens=8)
    study = studio.studies.create(
        "Texts", prompts=["the sea", "a {cat|sea}"], generator=spec, scorer=f"fluency:{model}"
    )
    assert (study.kind, study.encoder) == ("text", "minilm")
    work(studio, studio.studies.populate(study, 12, batch=4))
    items = studio.store.items.of_study(study.id)
    assert {item.kind for item in items} == {"text"}
    assert all(studio.store.blobs.get(item.blob).decode().strip() for item in items)
    assert all(item.genome and item.genome.tokens == 8 for item in items)
    assert {tuple(item.thumbs) for item in items} == {(128, 256)}, "small pictures of the texts"
    matrix = studio.matrices.of(study)
    assert matrix.features.shape == (12, 384)
    assert ((matrix.quality > 0) & (matrix.quality < 1)).all()
    label(studio, study, 20)
    studio.learning.fit(study)
    work(studio, studio.running.illuminate(study, 8, batch=4))
    made = [item for item in studio.store.items.of_study(study.id)[12:] if item.genome]
    assert len(made) == 8
    assert {item.genome.emitter for item in made if item.genome} - {"fresh"}, "the search takes part"


def test_encoders_and_measures_follow_from_what_is_made(studio: Studio) -> None:
    study = studio.studies.create("Texts", prompts=["a poem"], generator=GeneratorSpec(name="language"))
    assert (study.kind, study.encoder, study.scorer) == ("text", "minilm", "fluency")
    pictures = studio.studies.create("Pictures", prompts=["a cat"])
    assert (pictures.kind, pictures.encoder, pictures.scorer) == ("image", "efficientnet-lite0", "agreement")
    own = studio.studies.create("Own texts", generator=GeneratorSpec(name="collection"), encoder="minilm")
    assert (own.kind, own.scorer) == ("text", "even")


@pytest.mark.parametrize(
    ("spec", "settings", "words"),
    [
        (
            GeneratorSpec(name="language"),
            {"encoder": "pixels"},
            "is for images, and this study makes texts. Choose “minilm”",
        ),
        (GeneratorSpec(), {"encoder": "minilm"}, "is for texts, and this study makes images"),
        (GeneratorSpec(name="language"), {"scorer": "agreement"}, "“agreement” is not for texts"),
        (GeneratorSpec(), {"scorer": "fluency"}, "“fluency” is not for images"),
        (GeneratorSpec(name="language", model=" "), {}, "Name a language model"),
        (GeneratorSpec(name="endpoint", model="tiny", url="localhost"), {}, "must begin with http"),
        (GeneratorSpec(name="endpoint", url="http://localhost:1/v1"), {}, "as the server calls it"),
    ],
)
def test_what_does_not_go_together_is_refused(
    studio: Studio, spec: GeneratorSpec, settings: dict[str, str], words: str
) -> None:
    with pytest.raises(InvalidInput, match=words):
        studio.studies.create("Texts", prompts=["the sea"], generator=spec, **settings)
