"""What makes a pipeline faster or fit, on genuine small ones."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from qdhf.errors import InvalidInput
from qdhf.generators.diffusion import DiffusionGenerator
from qdhf.generators.pipelines import Settings
from qdhf.generators.speed import Speed, asked_for, remember, remembered
from qdhf.types import Genome
from tests import tiny_pipelines

torch.set_num_threads(1)
SMALL = Settings(steps=2, width=16, height=16)
GENOMES = [Genome(prompt="cat", seed=seed) for seed in range(2)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tiny_pipelines.stable_diffusion(tmp_path_factory.mktemp("tiny")))


def drawn(folder: str, speed: Speed, genomes: list[Genome] = GENOMES) -> tuple[DiffusionGenerator, list[Any]]:
    generator = DiffusionGenerator(folder, settings=SMALL, batch=2, device="cpu", speed=speed)
    return generator, [made.pixels for made in generator.generate(genomes)]


def test_channels_last_changes_no_more_than_the_last_bits(folder: str) -> None:
    plain, other = drawn(folder, Speed())[1], drawn(folder, Speed(channels_last=True))
    weight = next(p for p in other[0].pipeline.unet.parameters() if p.ndim == 4 and p.shape[2] > 1)
    assert weight.is_contiguous(memory_format=torch.channels_last)
    gap = np.abs(np.stack(plain).astype(int) - np.stack(other[1]))
    assert gap.max() <= 1


def test_a_compiled_denoiser_draws_the_same(folder: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # torch's own
        generator, pictures = drawn(folder, Speed(backend="eager"))
    assert generator.pipeline.unet._compiled_call_impl is not None
    np.testing.assert_array_equal(pictures, drawn(folder, Speed())[1])


def test_a_backend_that_torch_does_not_have_is_refused_by_name(folder: str) -> None:
    with pytest.raises(InvalidInput, match=r"QDHF_COMPILE is 'warp'; torch has .*inductor"):
        drawn(folder, Speed(backend="warp"))


def test_large_pictures_are_decoded_in_tiles_and_others_as_ever(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    generator, plain = drawn(folder, Speed(tiles_from=33))
    vae, tiled = generator.pipeline.vae, []
    decode = vae.tiled_decode
    monkeypatch.setattr(vae, "tiled_decode", lambda *a, **k: tiled.append(1) or decode(*a, **k))
    (large,) = generator.generate([Genome(prompt="cat", seed=0, width=48, height=32)])
    assert tiled
    assert large.pixels is not None
    assert large.pixels.shape == (32, 48, 3)
    tiled.clear()
    np.testing.assert_array_equal([made.pixels for made in generator.generate(GENOMES)], plain)
    assert not tiled
    np.testing.assert_array_equal(plain, drawn(folder, Speed())[1])


def test_a_batch_that_did_not_fit_is_known_at_the_next_start(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    speed = Speed(batches=tmp_path / "cache" / "batches.json")

    def opened(settings: Settings = SMALL) -> DiffusionGenerator:
        return DiffusionGenerator(folder, settings=settings, device="cpu", speed=speed)

    generator = opened()
    assert generator.batch == 4
    call, sizes = type(generator.pipeline).__call__, []

    def crowded(pipeline: Any, *args: Any, **arguments: Any) -> Any:
        sizes.append(len(arguments["prompt"]))
        if sizes == [4]:
            raise torch.OutOfMemoryError("CUDA out of memory")  # once
        return call(pipeline, *args, **arguments)

    monkeypatch.setattr(type(generator.pipeline), "__call__", crowded)
    assert len(generator.generate([Genome(prompt="cat", seed=n) for n in range(4)])) == 4
    assert sizes == [4, 2, 2]
    monkeypatch.undo()  # pipelines are known by what they can be called with
    assert opened().batch == 2
    assert opened(Settings(steps=2, width=32, height=16)).batch == 4  # another size is another matter


def test_what_is_remembered_badly_is_not_remembered(tmp_path: Path) -> None:
    speed = Speed(batches=tmp_path / "batches.json")
    assert remembered(speed, "m") is None
    for text in ("{", "[]", '{"m": "two"}', '{"m": 0}'):
        (tmp_path / "batches.json").write_text(text)
        assert remembered(speed, "m") is None
    remember(speed, "m", 2)
    remember(speed, "n", 3)
    assert (remembered(speed, "m"), remembered(speed, "n")) == (2, 3)
    (tmp_path / "file").touch()
    remember(Speed(batches=tmp_path / "file" / "batches.json"), "m", 2)  # no place to write: no harm
    remember(Speed(), "m", 2)


def test_the_environment_says_what_to_compile_with_and_where_to_remember() -> None:
    assert asked_for({"XDG_CACHE_HOME": "/cache", "QDHF_COMPILE": " inductor "}) == Speed(
        backend="inductor", batches=Path("/cache/qdhf/batches.json")
    )
    assert asked_for({}).backend == ""
