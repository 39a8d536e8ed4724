"""Genuine diffusers folders, a few hundred kB each: random weights, tokenizers made here, nothing is fetched."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    FluxPipeline,
    FluxTransformer2DModel,
    SD3Transformer2DModel,
    StableDiffusion3Pipeline,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from transformers import (
    CLIPConfig,
    CLIPModel,
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    SiglipConfig,
    SiglipModel,
    T5Config,
    T5EncoderModel,
    T5Tokenizer,
)

from qdhf.weights import quiet

WIDTH = 32  # of every text encoder
SIDE = 16  # pixels of the pictures


def clip_tokenizer(length: int = 77) -> CLIPTokenizer:
    """Byte-level, without merges: every text is spelled letter by letter."""
    printable = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    letters = [chr(b) for b in printable] + [chr(0x100 + i) for i in range(256 - len(printable))]
    words = [*letters, *(f"{letter}</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    return CLIPTokenizer(vocab={word: i for i, word in enumerate(words)}, merges=[], model_max_length=length)


def t5_tokenizer() -> T5Tokenizer:
    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", -9.0), ("▁", -2.0), *((chr(c), -3.0) for c in range(33, 127))]
    return T5Tokenizer(vocab=pieces, extra_ids=0, model_max_length=77)


def text_config(**changes: Any) -> CLIPTextConfig:
    return CLIPTextConfig(
        vocab_size=514, hidden_size=WIDTH, intermediate_size=48, num_hidden_layers=2, num_attention_heads=2,
        projection_dim=WIDTH, bos_token_id=512, eos_token_id=513, pad_token_id=513, **changes,
    )  # fmt: skip


def vae(**changes: Any) -> AutoencoderKL:
    return AutoencoderKL(
        block_out_channels=(8, 16), norm_num_groups=4, latent_channels=4, sample_size=SIDE,
        down_block_types=("DownEncoderBlock2D",) * 2, up_block_types=("UpDecoderBlock2D",) * 2, **changes,
    )  # fmt: skip


def unet(**changes: Any) -> UNet2DConditionModel:
    return UNet2DConditionModel(
        sample_size=SIDE // 2, block_out_channels=(8, 16), norm_num_groups=4, layers_per_block=1, attention_head_dim=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=changes.pop("cross_attention_dim", WIDTH), **changes,
    )  # fmt: skip


def stable_diffusion(folder: Path) -> Path:
    return _saved(_stable_diffusion, folder)


def stable_diffusion_xl(folder: Path) -> Path:
    return _saved(_stable_diffusion_xl, folder)


def stable_diffusion_3(folder: Path) -> Path:
    return _saved(_stable_diffusion_3, folder)


def flux(folder: Path) -> Path:
    return _saved(_flux, folder)


def _stable_diffusion() -> StableDiffusionPipeline:
    return StableDiffusionPipeline(
        vae=vae(), text_encoder=CLIPTextModel(text_config()), tokenizer=clip_tokenizer(), unet=unet(),
        scheduler=DDIMScheduler(steps_offset=1, clip_sample=False), safety_checker=None, feature_extractor=None,
        requires_safety_checker=False,
    )  # fmt: skip


def _stable_diffusion_xl() -> StableDiffusionXLPipeline:
    return StableDiffusionXLPipeline(
        vae=vae(), text_encoder=CLIPTextModel(text_config()), tokenizer=clip_tokenizer(),
        text_encoder_2=CLIPTextModelWithProjection(text_config()), tokenizer_2=clip_tokenizer(),
        unet=unet(
            cross_attention_dim=2 * WIDTH, addition_embed_type="text_time", addition_time_embed_dim=8,
            projection_class_embeddings_input_dim=WIDTH + 48,
        ),
        scheduler=EulerDiscreteScheduler(steps_offset=1, timestep_spacing="leading"),
    )  # fmt: skip


def _stable_diffusion_3() -> StableDiffusion3Pipeline:
    transformer = SD3Transformer2DModel(
        sample_size=SIDE // 2, patch_size=1, in_channels=4, num_layers=1, attention_head_dim=8, num_attention_heads=4,
        caption_projection_dim=WIDTH, joint_attention_dim=2 * WIDTH, pooled_projection_dim=2 * WIDTH, out_channels=4,
    )  # fmt: skip
    return StableDiffusion3Pipeline(
        transformer=transformer, scheduler=FlowMatchEulerDiscreteScheduler(), vae=vae(shift_factor=0.0),
        text_encoder=CLIPTextModelWithProjection(text_config()), tokenizer=clip_tokenizer(),
        text_encoder_2=CLIPTextModelWithProjection(text_config()), tokenizer_2=clip_tokenizer(),
        text_encoder_3=None, tokenizer_3=None,
    )  # fmt: skip


def _flux() -> FluxPipeline:
    t5 = T5Config(
        vocab_size=98, d_model=WIDTH, d_ff=37, d_kv=8, num_layers=2, num_heads=4, pad_token_id=0, eos_token_id=1,
    )  # fmt: skip
    transformer = FluxTransformer2DModel(
        in_channels=16, num_layers=1, num_single_layers=1, attention_head_dim=16, num_attention_heads=2,
        joint_attention_dim=WIDTH, pooled_projection_dim=WIDTH, axes_dims_rope=(4, 4, 8), guidance_embeds=True,
    )  # fmt: skip
    return FluxPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(), vae=vae(shift_factor=0.0), transformer=transformer,
        text_encoder=CLIPTextModel(text_config()), tokenizer=clip_tokenizer(),
        text_encoder_2=T5EncoderModel(t5), tokenizer_2=t5_tokenizer(),
    )  # fmt: skip


def clip(folder: Path) -> Path:
    """A CLIP model with tokenizer and picture configuration."""
    torch.manual_seed(0)
    vision = {"hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2,
              "image_size": 32, "patch_size": 8, "projection_dim": 12}  # fmt: skip
    model = CLIPModel(CLIPConfig(text_config=text_config().to_dict(), vision_config=vision, projection_dim=12))
    picture = {"do_resize": True, "size": {"shortest_edge": 32}, "do_center_crop": True, "resample": 3,
               "crop_size": {"height": 32, "width": 32}, "image_mean": [0.48, 0.46, 0.41],
               "image_std": [0.27, 0.26, 0.28]}  # fmt: skip
    return _saved_encoder(model, picture, folder)


def siglip(folder: Path) -> Path:
    torch.manual_seed(0)
    text = {"vocab_size": 514, "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 1,
            "num_attention_heads": 2, "max_position_embeddings": 24, "projection_size": 16}  # fmt: skip
    vision = {"hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 1, "num_attention_heads": 2,
              "image_size": 32, "patch_size": 8}  # fmt: skip
    picture = {"do_resize": True, "size": {"height": 32, "width": 32}, "resample": 3}
    return _saved_encoder(SiglipModel(SiglipConfig(text_config=text, vision_config=vision)), picture, folder)


def _saved(make: Callable[[], Any], folder: Path) -> Path:
    with quiet("diffusers", "transformers"):
        torch.manual_seed(0)
        make().save_pretrained(folder, safe_serialization=True)
    return folder


def _saved_encoder(model: Any, picture: dict[str, Any], folder: Path) -> Path:
    with quiet("transformers"):
        model.save_pretrained(folder)
        clip_tokenizer(24).save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(picture))
    return folder
