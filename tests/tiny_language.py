"""A language model small enough for tests, saved the way transformers saves any: the same code path as a large one."""

from __future__ import annotations

from pathlib import Path

WORDS = ["the", "sea", "a", "cat", "sings", ".", *(f"word{n}" for n in range(400))]


def causal(folder: Path, *, chat: bool = True) -> Path:
    """A Llama of two layers with random weights and a tokenizer of words."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    special = ["<unk>", "<s>", "</s>", "<user>", "<reply>"]
    vocabulary = {word: i for i, word in enumerate([*special, *WORDS])}
    words = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()  # type: ignore[assignment]
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=words, unk_token="<unk>", bos_token="<s>", eos_token="</s>",
        additional_special_tokens=["<user>", "<reply>"],
    )  # fmt: skip
    if chat:
        asked = "{% for turn in messages %}<user> {{ turn['content'] }} {% endfor %}"
        tokenizer.chat_template = asked + "{% if add_generation_prompt %}<reply>{% endif %}"
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(vocabulary), hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=2, max_position_embeddings=2048, bos_token_id=1, eos_token_id=2, pad_token_id=2,
    )  # fmt: skip
    model = LlamaForCausalLM(config)
    model.lm_head.weight.data *= 40  # it prefers some words to others
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
