"""Steering in a genome's record."""

from __future__ import annotations

import json

import pytest

from qdhf.types import Apart, Avoid, Genome, Steering, Toward, genome_from_record, genome_record

BEFORE = (  # what a genome's record was before there was steering
    '{"prompt": "cat", "seed": 7, "path": [], "latents": null, "negative_prompt": "", "steps": 4, "guidance": null, '
    '"width": null, "height": null, "parents": [], "emitter": "fresh"}'
)


def test_a_genome_that_is_not_steered_is_written_as_before_byte_for_byte() -> None:
    assert json.dumps(genome_record(Genome(prompt="cat", seed=7, steps=4))) == BEFORE


def test_a_record_from_before_reads_as_a_genome_that_is_not_steered() -> None:
    assert genome_from_record(json.loads(BEFORE)).steering is None


@pytest.mark.parametrize(
    "steering",
    [
        Steering(),
        Steering(axes="a" * 64, encoder="e@1", toward=Toward(target=(0.1, -2.5), strength=0.2, start=0.5)),
        Steering(axes="a" * 64, encoder="e@1", apart=Apart(radius=2.0, away=((0.25, 1.5), (1e-30, 3.0)))),
        Steering(avoid=Avoid(text="hats", start=0.25)),
    ],
)
def test_steering_survives_json(steering: Steering) -> None:
    genome = Genome(prompt="cat", seed=7, steering=steering)
    assert genome_from_record(json.loads(json.dumps(genome_record(genome)))) == genome


def test_steering_that_a_newer_program_wrote_is_refused() -> None:
    with pytest.raises(TypeError):
        genome_from_record({"prompt": "cat", "seed": 7, "steering": {"sideways": 1}})
