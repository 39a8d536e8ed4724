"""The diffusion adapter beyond the contract: agreement with diffusers itself, memory, settings, unsafe models."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import EulerAncestralDiscreteScheduler

from qdhf.errors import InvalidInput, MissingModel, QdhfError
from qdhf.generators.diffusion import DiffusionGenerator
from qdhf.generators.pipelines import EMBEDDED_FOLDER, Settings
from qdhf.types import Genome
from qdhf.weights import quiet
from tests import tiny_pipelines

torch.set_num_threads(1)
SMALL = Settings(steps=2, width=16, height=16)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_pipelines.stable_diffusion(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture
def generator(folder: Path) -> DiffusionGenerator:
    return DiffusionGenerator(str(folder), settings=SMALL)


@pytest.fixture
def copied(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder, tmp_path / "copy"))


@pytest.mark.parametrize("family", ["stable_diffusion", "stable_diffusion_xl", "stable_diffusion_3", "flux"])
def test_a_seed_gives_what_the_pipeline_itself_draws_from_that_seed(family: str, tmp_path: Path) -> None:
    """Layout and scale of the latents are those that the pipeline would have drawn on its own."""
    generator = DiffusionGenerator(str(getattr(tiny_pipelines, family)(tmp_path / family)), settings=SMALL, batch=1)
    (made,) = generator.generate([Genome(prompt="cat", seed=11)])
    with quiet("diffusers"):
        image = generator.pipeline(
            "cat", num_inference_steps=2, width=16, height=16, guidance_scale=generator.settings.guidance,
            generator=torch.Generator().manual_seed(11), output_type="np",
        ).images[0]  # fmt: skip
    np.testing.assert_array_equal(made.pixels, (image * 255).round().astype(np.uint8))


def test_a_picture_does_not_depend_on_what_was_asked_for_beside_it(generator: DiffusionGenerator) -> None:
    genomes = [Genome(prompt=f"picture {i}", seed=i) for i in range(7)]
    together = [made.data for made in generator.generate(genomes)]
    assert [generator.generate([genome])[0].data for genome in genomes] == together


def test_noise_that_a_scheduler_adds_on_the_way_belongs_to_the_genome_too(generator: DiffusionGenerator) -> None:
    with quiet("diffusers"):
        pipeline = generator.pipeline
        pipeline.scheduler = EulerAncestralDiscreteScheduler.from_config(pipeline.scheduler.config)
    genomes = [Genome(prompt="cat", seed=i) for i in range(3)]
    together = [made.data for made in generator.generate(genomes)]
    assert [generator.generate([genome])[0].data for genome in reversed(genomes)][::-1] == together


def test_genomes_with_their_own_settings_are_made_in_one_request(generator: DiffusionGenerator) -> None:
    genomes = [
        Genome(prompt="cat", seed=1),
        Genome(prompt="cat", seed=1, steps=3),
        Genome(prompt="cat", seed=1, width=32),
        Genome(prompt="cat", seed=1, guidance=1.0, negative_prompt="dog"),
        Genome(prompt="cat", seed=1, negative_prompt="dog"),
        Genome(prompt="cat", seed=1),
    ]
    made = generator.generate(genomes)
    assert len({m.data for m in made[:5]}) == 5
    assert made[0].data == made[5].data
    assert made[2].pixels is not None
    assert made[2].pixels.shape == (16, 32, 3)
    assert [m.genome.steps for m in made[:2]] == [2, 3]
    assert made[3].genome.negative_prompt == "", "without guidance a negative prompt has no effect"
    assert made[4].genome.negative_prompt == "dog"


def test_a_batch_that_does_not_fit_is_halved_for_good(
    generator: DiffusionGenerator, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    call = type(generator.pipeline).__call__

    def crowded(pipeline: Any, *args: Any, **arguments: Any) -> Any:
        sizes.append(len(arguments["prompt"]))
        if sizes[-1] > 2:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")
        return call(pipeline, *args, **arguments)

    genomes = [Genome(prompt="cat", seed=i) for i in range(5)]
    expected = [
        made.data for made in DiffusionGenerator(str(_of(generator)), settings=SMALL, batch=2).generate(genomes)
    ]
    monkeypatch.setattr(type(generator.pipeline), "__call__", crowded)
    generator.batch = 8
    assert [made.data for made in generator.generate(genomes)] == expected
    assert sizes == [8, 4, 2, 2, 2]
    assert generator.batch == 2
    generator.generate(genomes[:1])
    assert sizes[5:] == [2]


def _of(generator: DiffusionGenerator) -> str:
    return str(generator.pipeline.config._name_or_path)


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
        MemoryError(),
    ],
)
def test_one_picture_that_does_not_fit_says_its_size_the_device_and_what_to_do(
    error: Exception, generator: DiffusionGenerator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> Any:
        raise error

    monkeypatch.setattr(type(generator.pipeline), "__call__", full)
    with pytest.raises(QdhfError, match=r"16 × 16 pixels .* memory of cpu\. Choose a smaller size"):
        generator.generate([Genome(prompt="cat", seed=1)])


def test_another_failure_of_the_model_stays_loud(
    generator: DiffusionGenerator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("a bug")

    monkeypatch.setattr(type(generator.pipeline), "__call__", broken)
    with pytest.raises(RuntimeError, match="a bug"):
        generator.generate([Genome(prompt="cat", seed=1)])


def test_each_step_is_reported_and_may_stop_the_work(folder: Path) -> None:
    seen: list[int] = []
    DiffusionGenerator(str(folder), settings=SMALL, on_step=seen.append).generate([Genome(prompt="cat", seed=1)])
    assert seen == [0, 1]

    def stop(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        DiffusionGenerator(str(folder), settings=SMALL, on_step=stop).generate([Genome(prompt="cat", seed=1)])


def test_settings_come_from_the_file_beside_the_model_unless_given(copied: Path) -> None:
    (copied / "qdhf.json").write_text(json.dumps({"steps": 5, "guidance": 2.5, "width": 24}))
    found = DiffusionGenerator(str(copied), settings=Settings(steps=3)).settings
    assert (found.steps, found.guidance, found.width, found.height) == (3, 2.5, 24, 16)


def test_the_key_changes_with_the_weights(copied: Path) -> None:
    before = DiffusionGenerator(str(copied), settings=SMALL).key
    assert before.startswith("copy@")
    path = copied / "unet" / "diffusion_pytorch_model.safetensors"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(bytes(data))
    assert DiffusionGenerator(str(copied), settings=SMALL).key != before


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (Settings(steps=0), "steps .* got 0"),
        (Settings(width=20), "multiple of 8.* got 20"),
        (Settings(guidance=-1.0), "guidance .* got -1.0"),
        (Settings(guidance=float("nan")), "nan"),
    ],
)
def test_settings_that_cannot_work_are_refused_when_it_is_opened(folder: Path, settings: Settings, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        DiffusionGenerator(str(folder), settings=settings)


def test_a_pipeline_without_negative_prompts_refuses_one(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="knows no negative prompts"):
        DiffusionGenerator(str(tiny_pipelines.flux(tmp_path / "flux")), settings=Settings(negative_prompt="dog"))


@pytest.mark.parametrize("model", ["/nowhere/at/all", "./nowhere", "just-a-word", "a/b/c", ""])
def test_a_missing_folder_is_named(model: str) -> None:
    with pytest.raises((MissingModel, InvalidInput), match=r"folder|model_index"):
        DiffusionGenerator(model)


def test_a_hub_id_that_cannot_be_fetched_says_so() -> None:
    with pytest.raises(MissingModel, match="nobody/no-such-model is no local folder, and the hub did not give it"):
        DiffusionGenerator("nobody/no-such-model")


def test_a_single_file_and_an_empty_folder_are_no_models(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"")
    with pytest.raises(InvalidInput, match="is a file"):
        DiffusionGenerator(str(tmp_path / "model.safetensors"))
    with pytest.raises(MissingModel, match=r"no model_index\.json"):
        DiffusionGenerator(str(tmp_path))


def test_pickled_weights_are_refused_and_not_opened(copied: Path) -> None:
    weights = copied / "unet" / "diffusion_pytorch_model.safetensors"
    weights.unlink()
    (copied / "unet" / "diffusion_pytorch_model.bin").write_bytes(b"cos\nsystem\n(S'exit 1'\ntR.")
    with pytest.raises(MissingModel, match=r"pickled weights only \(unet\)"):
        DiffusionGenerator(str(copied))


def test_weights_that_are_missing_or_damaged_are_reported(copied: Path) -> None:
    weights = copied / "unet" / "diffusion_pytorch_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(MissingModel, match="could not be opened"):
        DiffusionGenerator(str(copied))
    weights.unlink()
    with pytest.raises(MissingModel, match="could not be opened"):
        DiffusionGenerator(str(copied))


def test_code_that_a_model_brings_is_never_run(copied: Path) -> None:
    index = json.loads((copied / "model_index.json").read_text())
    ran = copied / "ran"
    (copied / "unet" / "mine.py").write_text(f"open({str(ran)!r}, 'w').close()\nclass Net: pass\n")
    (copied / "model_index.json").write_text(json.dumps(index | {"unet": ["mine", "Net"]}))
    with pytest.raises(InvalidInput, match="brings its own code"):
        DiffusionGenerator(str(copied))
    (copied / "unet" / "mine.py").rename(copied / "unet" / "diffusers.py")
    (copied / "model_index.json").write_text(json.dumps(index))
    with pytest.raises(InvalidInput, match="brings its own code"):
        DiffusionGenerator(str(copied))
    (copied / "model_index.json").write_text(json.dumps(index | {"_class_name": ["pipeline", "Mine"]}))
    with pytest.raises(InvalidInput, match="with their own code are refused"):
        DiffusionGenerator(str(copied))
    assert not ran.exists()


@pytest.mark.parametrize("name", ["StableDiffusionImg2ImgPipeline", "StableDiffusionUpscalePipeline", "NoSuchPipeline"])
def test_a_pipeline_that_does_not_draw_from_prompts_is_refused_or_drawn_with_its_text_form(
    name: str, copied: Path
) -> None:
    index = json.loads((copied / "model_index.json").read_text())
    (copied / "model_index.json").write_text(json.dumps(index | {"_class_name": name}))
    if name == "StableDiffusionImg2ImgPipeline":  # the same parts draw from prompts alone
        assert type(DiffusionGenerator(str(copied), settings=SMALL).pipeline).__name__ == "StableDiffusionPipeline"
    else:
        with pytest.raises((InvalidInput, MissingModel)):
            DiffusionGenerator(str(copied), settings=SMALL)


def test_nothing_is_printed(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    DiffusionGenerator(str(folder), settings=SMALL).generate([Genome(prompt="🎉<b>" * 2000, seed=1)])
    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(not EMBEDDED_FOLDER.is_dir(), reason="the shipped model is not checked out")
def test_the_shipped_model_draws_small_pictures_that_are_not_blank() -> None:
    generator = DiffusionGenerator(settings=Settings(steps=4), batch=2)
    assert generator.key.startswith("embedded@")
    assert generator.latent_shape == (4, 16, 16)
    cat, car = generator.generate([Genome(prompt="cat face", seed=1), Genome(prompt="red apple", seed=1)])
    assert cat.pixels is not None
    assert cat.pixels.shape == (64, 64, 3)
    assert cat.pixels.std() > 8
    assert cat.data != car.data


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_on_a_gpu_a_genome_gives_the_same_bytes_again_and_about_what_the_cpu_gives(folder: Path) -> None:
    genomes = [Genome(prompt="cat", seed=i) for i in range(3)]
    first = DiffusionGenerator(str(folder), settings=SMALL, device="cuda").generate(genomes)
    again = DiffusionGenerator(str(folder), settings=SMALL, device="cuda").generate(genomes)
    cpu = DiffusionGenerator(str(folder), settings=SMALL, device="cpu").generate(genomes)
    assert [made.data for made in first] == [made.data for made in again]
    for one, other in zip(first, cpu, strict=True):
        assert one.pixels is not None
        assert other.pixels is not None
        assert np.abs(one.pixels.astype(int) - other.pixels).mean() < 8
