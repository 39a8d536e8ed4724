"""What things are made on is told by the generator, else by this machine; unlike devices have unlike words."""

from __future__ import annotations

import platform
from importlib.metadata import version

import pytest

from qdhf.generators import machine
from qdhf.generators.machine import made_on, named, processor, torch_on
from qdhf.generators.planted import PlantedGenerator


def test_a_generator_that_says_nothing_is_on_this_processor() -> None:
    assert made_on(PlantedGenerator()) == f"{processor()}, numpy {version('numpy')}"
    assert platform.machine() in processor()


def test_a_generator_that_says_what_it_is_on_is_believed() -> None:
    class Elsewhere(PlantedGenerator):
        device = "NVIDIA H100, torch 2.13, bfloat16"

    assert made_on(Elsewhere()) == "NVIDIA H100, torch 2.13, bfloat16"


def test_versions_and_number_formats_tell_devices_apart() -> None:
    assert named("A", "numpy", "float32") == f"A, numpy {version('numpy')}, float32"
    assert named("A", "no-such-library") == "A, no-such-library unknown"


def test_a_machine_that_does_not_tell_its_processor_has_words_too(monkeypatch: pytest.MonkeyPatch) -> None:
    class Nowhere:
        def __init__(self, _: str) -> None: ...

        def read_text(self, _: str) -> str:
            raise FileNotFoundError

    monkeypatch.setattr(machine, "Path", Nowhere)
    monkeypatch.setattr(machine.platform, "processor", lambda: "")
    processor.cache_clear()
    assert processor() == f"processor ({platform.machine()})"
    processor.cache_clear()


def test_a_processor_is_named_by_its_model_and_a_gpu_by_its_own_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.get_device_name", lambda device: f"GPU of {device}")
    assert torch_on("cpu", "torch.float32") == named(processor(), "torch", "float32")
    assert torch_on("cuda:1", "torch.bfloat16") == named("GPU of cuda:1", "torch", "bfloat16")
    assert torch_on("mps", "torch.float16") == named(f"{processor()}, mps", "torch", "float16")
