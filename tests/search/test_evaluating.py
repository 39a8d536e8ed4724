"""Evaluating in this process: what comes back for each genome, and how failures are named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from qdhf.errors import InvalidInput, QdhfError
from qdhf.generators.planted import PlantedGenerator
from qdhf.pictures import thumbnails
from qdhf.ports import Blobs
from qdhf.registry import open_encoder, open_scorer
from qdhf.search.evaluating import Evaluated, Failed, InProcess, Maker, Models
from qdhf.types import Genome
from storage.blobs import open_blobs
from tests.search.process_crew import STUDY, MoodyModels


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return open_blobs(tmp_path / "blobs")


def genomes(*prompts: str) -> list[Genome]:
    return [Genome(prompt=prompt, seed=i) for i, prompt in enumerate(prompts)]


def test_each_genome_gives_its_file_thumbnails_features_and_quality(blobs: Blobs) -> None:
    wanted = genomes("disc", "square", "disc")
    found = InProcess(Models(blobs)).evaluate(STUDY, wanted)
    made = PlantedGenerator(blobs=blobs).generate(wanted)
    pixels = [m.pixels for m in made]
    encoder = open_encoder("pixels")
    features, quality = encoder.encode(pixels), open_scorer("colour", encoder).score(pixels, ["", "", ""])
    for slot, item in enumerate(found):
        assert isinstance(item, Evaluated)
        assert item.genome == made[slot].genome
        assert blobs.get(item.blob) == made[slot].data
        assert [blobs.get(sha) for sha in item.thumbs.values()] == list(thumbnails(made[slot].pixels).values())
        assert (item.width, item.height, item.media_type, item.source) == (64, 64, "image/png", "planted@1")
        np.testing.assert_array_equal(item.features, features[slot])
        assert item.quality == quality[slot]


def test_no_genomes_are_no_outcomes_and_equal_ones_are_equal(blobs: Blobs) -> None:
    bench = InProcess(Models(blobs))
    assert bench.evaluate(STUDY, []) == []
    one, other = bench.evaluate(STUDY, [Genome(prompt="disc", seed=4)] * 2)
    assert isinstance(one, Evaluated)
    assert isinstance(other, Evaluated)
    assert (one.blob, one.quality) == (other.blob, other.quality)


def test_an_item_that_cannot_be_made_is_named_and_the_others_are_made(blobs: Blobs) -> None:
    found = InProcess(MoodyModels(blobs)).evaluate(STUDY, genomes("disc", "refuse", "square"))
    assert [type(outcome) for outcome in found] == [Evaluated, Failed, Evaluated]
    assert isinstance(found[1], Failed)
    assert found[1].named(1, 3) == (
        "Item 2 of 3 (prompt “refuse”, seed 1) could not be made: RuntimeError: the noise was too loud"
    )


def test_where_nothing_could_be_made_the_first_item_says_why(blobs: Blobs) -> None:
    bench = InProcess(MoodyModels(blobs))
    with pytest.raises(QdhfError, match=r"Item 1 of 2 \(prompt “refuse”, seed 0\).*too loud"):
        bench.evaluate(STUDY, genomes("refuse", "refuse"))
    with pytest.raises(InvalidInput, match=r"Item 1 of 1 .*width must lie between"):
        bench.evaluate(STUDY, [Genome(prompt="disc", seed=0, width=4)])


def test_a_long_prompt_is_named_by_its_beginning() -> None:
    failed = Failed(genome=Genome(prompt="x" * 200, seed=3), error=QdhfError("No."))
    assert failed.named(0, 1) == f"Item 1 of 1 (prompt “{'x' * 60}…”, seed 3) could not be made: No."


def test_models_stay_open_until_another_of_their_kind_is_needed(blobs: Blobs) -> None:
    models = Models(blobs)
    first = models.generator(STUDY)
    assert models.generator(STUDY) is first
    assert models.encoder(STUDY) is models.encoder(STUDY)


def test_a_maker_that_does_not_reach_the_workers_files_says_what_to_set(tmp_path: Path, blobs: Blobs) -> None:
    known = blobs.put(b"known")
    assert Maker(blobs, known).ready() > 0
    with pytest.raises(InvalidInput, match=r"does not reach the files of this studio.*QDHF_BLOBS"):
        Maker(open_blobs(tmp_path / "elsewhere"), known).ready()
