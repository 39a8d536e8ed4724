"""Runs that steer their pictures, through a genuine small pipeline; and runs that do not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from qdhf.errors import InvalidInput
from qdhf.studio import Studio
from qdhf.studio.engine import Engine
from qdhf.types import GeneratorSpec, Study, genome_from_record
from tests import tiny_pipelines
from tests.studio.conftest import work

torch.set_num_threads(1)


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_pipelines.stable_diffusion(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def drawn(studio: Studio, pipeline: Path) -> Study:
    study = studio.studies.create(
        "Tiny", prompts=["cat", "dog"], scorer="even",
        generator=GeneratorSpec(model=str(pipeline), steps=3, width=16, height=16),
    )  # fmt: skip
    work(studio, studio.studies.populate(study, 6, batch=6))
    return study


def test_a_steered_run_writes_what_pulled_into_genomes_that_make_the_same_again(studio: Studio, drawn: Study) -> None:
    run = studio.running.illuminate(drawn, 6, batch=6, candidates=1, pull=0.1, spread=0.1, avoid="blur")
    work(studio, run)
    genomes = [i.genome for i in studio.store.items.of_study(drawn.id) if i.run_id == run.id and i.genome]
    wishes = [g.steering for g in genomes]
    assert len(wishes) == 6
    assert all(w is not None and w.avoid is not None and w.avoid.text == "blur" for w in wishes)
    assert any(w is not None and w.toward is not None for w in wishes)
    # the batch is larger than what the generator draws at once (4), yet everybody met somebody
    assert all(w is not None and w.apart is not None and len(w.apart.away) == 2 for w in wishes)
    again = studio.engine.models.generator(drawn).generate(genomes)
    blobs = [i.blob for i in studio.store.items.of_study(drawn.id) if i.run_id == run.id]
    assert [studio.store.blobs.put(m.data) for m in again] == blobs


def test_steering_changes_nothing_else_in_a_plan_and_off_is_as_before(studio: Studio, drawn: Study) -> None:
    run = studio.running.illuminate(drawn, 6, batch=6)
    plain = studio.engine._asker.ask(run, drawn, 0, 6)
    pulled = studio.engine._asker.ask(replace(run, spec=replace(run.spec, pull=0.1)), drawn, 0, 6)
    assert all("steering" not in record for record in plain["genomes"])
    wishes = [record.pop("steering", None) for record in pulled["genomes"]]
    assert any(wishes)
    assert pulled == plain


def test_a_worker_that_died_steers_the_same_again(studio: Studio, drawn: Study) -> None:
    run = studio.running.illuminate(drawn, 6, batch=6, pull=0.1, spread=0.1)
    first, second = (Engine(studio.store, studio.learning).ask(run.id, 0)["genomes"] for _ in range(2))
    assert first == second
    assert genome_from_record(first[0]).steering is not None


@pytest.mark.parametrize(
    ("wishes", "words"),
    [
        ({"pull": 1.5}, "strength of the pull must lie between 0 and 1; got 1.5"),
        ({"spread": -0.1}, "strength of keeping apart must lie"),
        ({"pull": 0.1, "pull_from": 1.0}, "begins at a share of the steps from 0 to below 1; got 1.0"),
        ({"avoid": "x", "avoid_from": 0.0}, "Staying away begins at a share"),
        ({"avoid": "a\x00b"}, "no null character"),
    ],
)
def test_values_out_of_range_are_refused_with_a_reason(
    studio: Studio, drawn: Study, wishes: dict[str, object], words: str
) -> None:
    runs = len(studio.store.runs.of_study(drawn.id))
    with pytest.raises(InvalidInput, match=words):
        studio.running.illuminate(drawn, 8, **wishes)
    assert len(studio.store.runs.of_study(drawn.id)) == runs


def test_what_can_never_be_steered_is_refused_when_it_is_asked_for(studio: Studio, study: Study) -> None:
    with pytest.raises(InvalidInput, match="Only pictures of a diffusion model can be steered"):
        studio.running.illuminate(study, 8, avoid="frames")
    pixels = replace(study, generator=GeneratorSpec(), encoder="pixels")
    with pytest.raises(InvalidInput, match="EfficientNet-Lite0 or CLIP; this one has pixels"):
        studio.running.illuminate(pixels, 8, pull=0.1)
    unguided = replace(study, generator=GeneratorSpec(guidance=1.0))
    with pytest.raises(InvalidInput, match="guidance, which is 1 in this study"):
        studio.running.illuminate(unguided, 8, avoid="frames")
