"""Texts as small pictures: legible, whole where they fit, the same each time."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageFont

from qdhf.passages import FONT, INK, PAPER, cut, text_thumbnails, wrapped


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("L"), np.int32)


def test_a_text_has_a_picture_of_each_size_with_letters_on_paper() -> None:
    made = text_thumbnails("Ärger über Öl: the sea, море, θάλασσα.")
    assert {size: pixels(data).shape for size, data in made.items()} == {128: (128, 128), 256: (256, 256)}
    for data in made.values():
        shown = pixels(data)
        assert shown.max() > min(PAPER) - 10
        assert shown.min() < max(INK) + 40
    assert text_thumbnails("Ärger über Öl: the sea, море, θάλασσα.") == made
    assert text_thumbnails("Another") != made


def test_short_texts_have_larger_letters_and_long_ones_fill_the_card() -> None:
    rows = [
        (pixels(text_thumbnails(text)[256]) < 128).any(1).sum() for text in ("Sea.", "The sea. " * 3, "The sea. " * 300)
    ]
    assert rows[0] < rows[1] < rows[2]
    columns = (pixels(text_thumbnails("The sea. " * 300)[256]) < 128).any(0)
    assert not columns[:12].any()
    assert not columns[-12:].any()


def test_lines_break_at_spaces_and_lose_nothing() -> None:
    font = ImageFont.truetype(str(FONT), 20)
    lines = wrapped("The sea sings to the moon", font, 120)
    assert len(lines) > 1
    assert " ".join(lines) == "The sea sings to the moon"
    assert all(font.getlength(line) <= 120 for line in lines)
    assert "".join(wrapped("W" * 40, font, 120)) == "W" * 40
    assert wrapped("W", font, 1) == ["W"]
    assert wrapped("", font, 120) == []


def test_what_is_cut_says_so() -> None:
    font = ImageFont.truetype(str(FONT), 20)
    assert cut("The sea", font, 500) == "The sea…"
    assert cut("The sea sings to the moon", font, 100).endswith("…")
    assert font.getlength(cut("The sea sings to the moon", font, 100)) <= 100
    assert text_thumbnails("")[128] == text_thumbnails(" \n ")[128]


def test_endless_texts_cost_no_more_than_what_fits() -> None:
    looked: list[str] = []

    class Counting:
        def getlength(self, text: str) -> float:
            looked.append(text)
            return 10.0 * len(text)

    assert wrapped("W" * 50, Counting(), 100) == ["W" * 10] * 5  # type: ignore[arg-type]
    assert len(looked) < 50
    assert text_thumbnails("W" * 100_000) == text_thumbnails("W" * 600)
