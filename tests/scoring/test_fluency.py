"""How well texts read: probabilities of the model itself, and what people would say of plain cases."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from qdhf.encoders.pixels import PixelEncoder
from qdhf.errors import InvalidInput
from qdhf.generators.language_models import open_language
from qdhf.registry import open_encoder, open_scorer
from qdhf.scoring.fluency import FluencyScorer
from tests import tiny_language


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_language.causal(tmp_path_factory.mktemp("fluency") / "model")


def test_it_is_the_geometric_mean_of_the_tokens_probabilities(folder: Path) -> None:
    import torch

    opened = open_language(str(folder))
    ids = opened.tokenizer(opened.chat("the sea") + " a cat sings", add_special_tokens=False).input_ids
    with torch.inference_mode():
        shares = opened.model(torch.tensor([ids])).logits[0].softmax(-1).numpy()
    own = [shares[place - 1, ids[place]] for place in range(len(ids) - 3, len(ids))]
    scorer = FluencyScorer(str(folder))
    np.testing.assert_allclose(scorer.score(["a cat sings"], ["the sea"]), [np.prod(own) ** (1 / 3)], rtol=1e-4)


def test_nothing_reads_badly_and_pictures_are_refused(folder: Path) -> None:
    scorer = FluencyScorer(str(folder))
    assert scorer.score(["", "the sea"], ["a", ""])[0] == 0
    with pytest.raises(InvalidInput, match="must be a string; got ndarray"):
        scorer.score([np.zeros(3)], ["a"])


def test_measures_for_texts_and_for_pictures_are_not_mixed_up() -> None:
    with pytest.raises(InvalidInput, match="is for texts; this study holds pictures"):
        open_scorer("fluency", PixelEncoder())
    with pytest.raises(InvalidInput, match="is for pictures; this study holds texts"):
        open_scorer("agreement", open_encoder("minilm"))
    with pytest.raises(InvalidInput, match="There is no scorer called 'fluency:'"):
        open_scorer("fluency:", open_encoder("minilm"))


@pytest.mark.slow
def test_the_packaged_model_prefers_a_sentence_to_its_words_in_disorder() -> None:
    prompt = "Describe the sea."
    texts = ["The sea is deep and blue.", "Blue deep the and is sea.", "Xq zzv 12 grmbl"]
    good, mixed, noise = FluencyScorer().score(texts, [prompt] * 3)
    assert good > 4 * max(mixed, noise)
