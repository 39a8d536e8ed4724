"""Opening diffusers pipelines: find the folder, refuse what is unsafe or unfit, learn defaults and latent layout."""

from __future__ import annotations

import inspect
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qdhf.encoders import minilm
from qdhf.errors import InvalidInput, MissingModel
from qdhf.weights import SHIPPED, quiet, revision

EMBEDDED = "embedded"
EMBEDDED_FOLDER = SHIPPED / "emoji64"
EMBEDDED_TOKENS = 20  # caption length that the shipped denoiser was trained with
SETTINGS_FILE = "qdhf.json"  # {"steps": int, "guidance": float, "width": int, "height": int}, each optional
LOUD = ("diffusers", "transformers")
PICKLES = (".bin", ".ckpt", ".pt", ".pth")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How a pipeline is called where a genome does not say; None means the model's own default."""

    steps: int | None = None
    guidance: float | None = None
    width: int | None = None
    height: int | None = None
    negative_prompt: str = ""


@dataclass(frozen=True)
class Layout:
    """How the pipeline takes latents. ``factor``: picture pixels per latent; ``packed``: 2 × 2 patches in a row, as
    Flux wants them; ``multiple``: what width and height must be divisible by."""

    channels: int
    factor: int
    packed: bool
    multiple: int

    def shape(self, width: int, height: int) -> tuple[int, ...]:
        return (self.channels, height // self.factor, width // self.factor)


@dataclass(frozen=True)
class Opened:
    """A pipeline ready to be called, its name with revision, its defaults (None: it has no such setting)."""

    pipeline: Any
    key: str
    settings: Settings
    layout: Layout
    accepts: frozenset[str]  # the names of its arguments


def open_pipeline(model: str, device: str, dtype: Any) -> Opened:
    """Open ``model``: "embedded", a local folder in the diffusers layout, or a hub id ("owner/name").

    Raises MissingModel (absent, no safetensors weights, package missing) or InvalidInput (not a text-to-image
    pipeline, brings its own code).
    """
    folder = EMBEDDED_FOLDER if model == EMBEDDED else _find(model)
    index = _index(folder, model)
    with quiet(*LOUD):
        _refuse_code_and_pickles(folder, index, model)
        pipeline = _load(folder, index, model, dtype).to(device)
        pipeline.set_progress_bar_config(disable=True)
        accepts = frozenset(inspect.signature(pipeline.__call__).parameters)
        if not {"prompt", "latents", "output_type"} <= accepts or {"image", "video"} & _required(pipeline):
            raise InvalidInput(f"{model} is a {type(pipeline).__name__}, which does not draw pictures from prompts.")
        layout = _layout(pipeline, device)
    name = model if model == EMBEDDED or not Path(model).is_dir() else Path(model).resolve().name
    return Opened(pipeline, f"{name}@{revision(folder)}", _settings(pipeline, folder, layout), layout, accepts)


def _find(model: str) -> Path:
    """The folder of ``model``; a hub id is downloaded once (safetensors and JSON only) and then read from its cache."""
    local = Path(model).expanduser()
    if local.is_dir():
        return local
    if local.exists():
        raise InvalidInput(f"{model} is a file. A folder in the diffusers layout (with model_index.json) is needed.")
    if model.count("/") != 1 or model.startswith((".", "~", "/")):
        raise MissingModel(f"There is no folder {model}. A diffusers folder or a hub id (owner/name) is needed.")
    try:
        with quiet(*LOUD):
            from diffusers import DiffusionPipeline

            return Path(DiffusionPipeline.download(model, use_safetensors=True))
    except Exception as error:  # the hub's client raises many kinds: offline, gated, absent, no safetensors
        raise MissingModel(
            f"{model} is no local folder, and the hub did not give it: {_first_line(error)} Check the name, the "
            "network, and that the model offers safetensors weights."
        ) from error


def _index(folder: Path, model: str) -> dict[str, Any]:
    path = folder / "model_index.json"
    if not path.is_file():
        if model == EMBEDDED:
            raise MissingModel(f"The shipped model is missing: {path} does not exist. Check out the models again.")
        raise MissingModel(f"{model} holds no model_index.json, so it is not a model in the diffusers layout.")
    try:
        index = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise InvalidInput(f"{path} is not valid JSON: {error}") from error
    if not isinstance(index, dict) or not isinstance(index.get("_class_name"), str):
        raise InvalidInput(f"{path} names no pipeline of diffusers; pipelines with their own code are refused.")
    return index


def _refuse_code_and_pickles(folder: Path, index: dict[str, Any], model: str) -> None:
    from diffusers import pipelines

    for name, entry in index.items():
        if name.startswith("_") or not isinstance(entry, list) or not entry or entry[0] is None:
            continue
        library, part = str(entry[0]), folder / name
        known = library in ("diffusers", "transformers") or hasattr(pipelines, library)
        if not known or (part / f"{library}.py").exists():
            raise InvalidInput(f"{model} brings its own code ({name}: {library}); only models without code are opened.")
        files = [path.suffix for path in part.glob("*")]
        if ".safetensors" not in files and any(suffix in PICKLES for suffix in files):
            raise MissingModel(
                f"{model} has pickled weights only ({name}). Loading a pickle can run any code, so they are refused: "
                "convert them to safetensors first."
            )


def _load(folder: Path, index: dict[str, Any], model: str, dtype: Any) -> Any:
    import diffusers
    from diffusers import AutoPipelineForText2Image, DiffusionPipeline

    if not hasattr(diffusers, index["_class_name"]):
        raise InvalidInput(f"{model} needs the pipeline {index['_class_name']}, which diffusers does not have.")
    parts: dict[str, Any] = {name: None for name, entry in index.items() if entry == [None, None]}  # meant to be absent
    if model == EMBEDDED:
        parts |= _embedded_parts()
    options: dict[str, Any] = {"use_safetensors": True, "torch_dtype": dtype, "local_files_only": True, **parts}
    try:
        try:
            return AutoPipelineForText2Image.from_pretrained(folder, **options)
        except ValueError as error:
            if "can't find a pipeline" not in str(error):
                raise
            return DiffusionPipeline.from_pretrained(folder, **options)
    except (OSError, ValueError, KeyError, TypeError, ImportError, AttributeError, RuntimeError) as error:
        raise MissingModel(f"{model} could not be opened: {_first_line(error)}") from error


def _embedded_parts() -> dict[str, Any]:
    """The text encoder and tokenizer of the shipped pipeline, which travel as a pip package."""
    tokenizer, encoder = minilm.load()
    tokenizer.model_max_length = EMBEDDED_TOKENS
    encoder.config.use_attention_mask = True  # so that the pipeline passes the mask, as in training
    return {"text_encoder": encoder, "tokenizer": tokenizer}


def _required(pipeline: Any) -> set[str]:
    parameters = inspect.signature(pipeline.__call__).parameters.values()
    return {p.name for p in parameters if p.default is inspect.Parameter.empty}


def denoiser(pipeline: Any) -> Any:
    """The network that removes the noise. Raises InvalidInput where the pipeline has none that is known."""
    found = getattr(pipeline, "transformer", None) or getattr(pipeline, "unet", None)
    if found is None:
        raise InvalidInput(f"{type(pipeline).__name__} has neither a UNet nor a transformer that could be called.")
    return found


def _layout(pipeline: Any, device: str) -> Layout:
    """Learn how latents are laid out, and check it against what the pipeline itself draws."""
    network, factor = denoiser(pipeline), int(getattr(pipeline, "vae_scale_factor", 8))
    packer = getattr(type(pipeline), "_pack_latents", None)
    packed = packer is not None and "num_channels_latents" in inspect.signature(packer).parameters
    channels = int(network.config.in_channels) // (4 if packed else 1)
    patch = 2 if packed else int(getattr(pipeline, "patch_size", None) or 1)
    layout = Layout(channels, factor, packed, max(8, factor * patch))
    wanted = {
        "batch_size": 1, "num_channels_latents": channels, "num_channels": channels, "height": 2 * layout.multiple,
        "width": 2 * layout.multiple, "dtype": network.dtype, "device": device, "generator": None, "latents": None,
    }  # fmt: skip
    draw = getattr(pipeline, "prepare_latents", None)
    names = list(inspect.signature(draw).parameters) if draw else ["?"]
    unfit = InvalidInput(f"{type(pipeline).__name__} takes its initial noise in a form that is not known here.")
    if draw is None or not set(names) <= set(wanted):
        raise unfit
    drawn = draw(**{name: wanted[name] for name in names})
    shape = tuple((drawn[0] if isinstance(drawn, tuple) else drawn).shape)
    plain = layout.shape(2 * layout.multiple, 2 * layout.multiple)
    expected = (plain[1] * plain[2] // 4, channels * 4) if packed else plain
    if shape[1:] != expected:
        raise unfit
    return layout


def _settings(pipeline: Any, folder: Path, layout: Layout) -> Settings:
    """The model's own defaults: from ``qdhf.json`` beside it, else from the pipeline's signature and sample size."""
    parameters = inspect.signature(pipeline.__call__).parameters
    path = folder / SETTINGS_FILE
    own = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    size: Any = getattr(pipeline, "default_sample_size", None) or getattr(denoiser(pipeline).config, "sample_size", 64)
    rows, columns = (size, size) if isinstance(size, int) else (int(size[-2]), int(size[-1]))
    steps, guidance = parameters.get("num_inference_steps"), parameters.get("guidance_scale")
    return Settings(
        steps=own.get("steps", steps.default if steps else None),
        guidance=own.get("guidance", float(guidance.default) if guidance and guidance.default is not None else None),
        width=own.get("width", _rounded(columns * layout.factor, layout.multiple)),
        height=own.get("height", _rounded(rows * layout.factor, layout.multiple)),
    )


def _rounded(size: int, multiple: int) -> int:
    return max(multiple, math.floor(size / multiple) * multiple)


def _first_line(error: Exception) -> str:
    text = str(error).strip().splitlines()
    return (text[0] if text else type(error).__name__)[:300]
