"""Models that are known to work, what they need and what their makers recommend. Any other of their kind can be named, too.

Steps, guidance and size are those of the models' cards; ``download`` is what is fetched (safetensors, 16 bits where offered),
``memory`` what a batch of one takes on a GPU, both in GB and rounded. Licences are as the cards say: read them before use.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Use = Literal["pictures", "texts", "sees pictures", "sees texts"]


@dataclass(frozen=True, kw_only=True)
class Known:
    """A model. ``model``: "embedded" or a hub id; ``steps``, ``guidance`` and ``size`` (pixels) for pictures alone."""

    model: str
    name: str
    use: Use
    licence: str
    download: float
    memory: float
    steps: int | None = None
    guidance: float | None = None
    size: int | None = None
    note: str = ""

    @property
    def here(self) -> bool:
        """Whether it can be used without a download: shipped, or in the hub's cache on this machine."""
        if self.download == 0:
            return True
        from huggingface_hub import try_to_load_from_cache

        name = "model_index.json" if self.use == "pictures" else "config.json"
        return isinstance(try_to_load_from_cache(self.model.removeprefix("clip:"), name), str)

    def fits(self, memory: float | None) -> bool:
        """Whether a GPU with ``memory`` GB (None: a CPU) can be expected to run it in reasonable time."""
        return self.memory <= (CPU_MEMORY if memory is None else memory)


CPU_MEMORY = 1.5  # GB: what is larger takes minutes a picture without a GPU
CATALOGUE = (
    Known(
        model="embedded", name="emoji64 (shipped)", use="pictures", licence="MIT", download=0, memory=0.5, steps=8,
        guidance=5.0, size=64, note="Small clip-art, offline, on any machine",
    ),
    Known(
        model="stabilityai/sd-turbo", name="SD Turbo", use="pictures", licence="Stability AI Community", download=2.6,
        memory=4, steps=1, guidance=0.0, size=512, note="One step: the quickest with photographs",
    ),
    Known(
        model="stable-diffusion-v1-5/stable-diffusion-v1-5", name="Stable Diffusion 1.5", use="pictures",
        licence="CreativeML OpenRAIL-M", download=4.3, memory=4, steps=25, guidance=7.5, size=512,
        note="The best known; many fine-tuned relatives",
    ),
    Known(
        model="stabilityai/sdxl-turbo", name="SDXL Turbo", use="pictures", licence="Stability AI Community", download=7,
        memory=9, steps=1, guidance=0.0, size=512, note="One step, better pictures than SD Turbo",
    ),
    Known(
        model="stabilityai/stable-diffusion-xl-base-1.0", name="SDXL", use="pictures", licence="CreativeML OpenRAIL++-M",
        download=7, memory=10, steps=30, guidance=5.0, size=1024, note="Large pictures",
    ),
    Known(
        model="stabilityai/stable-diffusion-3.5-medium", name="Stable Diffusion 3.5 Medium", use="pictures",
        licence="Stability AI Community", download=16, memory=18, steps=40, guidance=4.5, size=1024,
        note="Follows long prompts. Its licence must be accepted on the hub first",
    ),
    Known(
        model="black-forest-labs/FLUX.1-schnell", name="FLUX.1 schnell", use="pictures", licence="Apache-2.0", download=34,
        memory=34, steps=4, guidance=0.0, size=1024, note="Four steps, needs a large GPU. May ask to be accepted on the hub",
    ),
    Known(
        model="embedded", name="SmolLM2 135M Instruct (shipped)", use="texts", licence="Apache-2.0", download=0, memory=1,
        note="Short simple texts, offline, on any machine",
    ),
    Known(
        model="HuggingFaceTB/SmolLM2-1.7B-Instruct", name="SmolLM2 1.7B Instruct", use="texts", licence="Apache-2.0",
        download=3.4, memory=4, note="Better texts, for a GPU",
    ),
    Known(
        model="Qwen/Qwen2.5-0.5B-Instruct", name="Qwen2.5 0.5B Instruct", use="texts", licence="Apache-2.0", download=1,
        memory=1.5, note="In between, many languages",
    ),
    Known(
        model="efficientnet-lite0", name="EfficientNet-Lite0 (shipped)", use="sees pictures", licence="Apache-2.0",
        download=0, memory=0.2, note="What is where in a picture, offline",
    ),
    Known(
        model="clip:openai/clip-vit-base-patch32", name="CLIP ViT-B/32", use="sees pictures", licence="MIT", download=0.6,
        memory=0.7, note="Photographs; also measures agreement with the prompt",
    ),
    Known(
        model="clip:google/siglip-base-patch16-224", name="SigLIP base", use="sees pictures", licence="Apache-2.0",
        download=0.8, memory=1, note="As CLIP, and finer",
    ),
    Known(
        model="minilm", name="MiniLM-L6 (shipped)", use="sees texts", licence="Apache-2.0", download=0, memory=0.3,
        note="What a text is about, offline",
    ),
)  # fmt: skip


def known(use: Use) -> list[Known]:
    """What the catalogue has for ``use``, the shipped one first."""
    return [entry for entry in CATALOGUE if entry.use == use]
