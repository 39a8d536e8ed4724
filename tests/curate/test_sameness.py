"""Files made again: byte for byte, pixel for pixel, or how far apart."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from qdhf import pictures
from qdhf.curate.sameness import Sameness, sameness

PIXELS = np.arange(4 * 4 * 3, dtype=np.uint8).reshape(4, 4, 3)


def test_equal_files_are_equal_in_all() -> None:
    assert sameness(b"x", b"x", "text") == Sameness(bytes=True, content=True, largest=0.0, mean=0.0)


def test_equal_pixels_in_another_file_are_told_apart_from_equal_files() -> None:
    out = io.BytesIO()
    Image.fromarray(PIXELS).save(out, "PNG", compress_level=0)
    found = sameness(pictures.png(PIXELS), out.getvalue(), "image")
    assert found == Sameness(bytes=False, content=True, largest=0.0, mean=0.0)


def test_pixels_are_compared_without_wrapping_round() -> None:
    other = PIXELS.copy()
    other[0, 0, 0] = 255  # was 0
    other[1, 1, 1] += 2
    found = sameness(pictures.png(PIXELS), pictures.png(other), "image")
    assert found == Sameness(bytes=False, content=False, largest=255.0, mean=pytest.approx(257 / 48))


def test_pictures_of_two_sizes_cannot_be_compared() -> None:
    found = sameness(pictures.png(PIXELS), pictures.png(PIXELS[:3]), "image")
    assert found == Sameness(bytes=False, content=False, largest=None, mean=None)


def test_texts_differ_by_a_share_of_their_letters() -> None:
    found = sameness(b"abcd", b"abXd", "text")
    assert found == Sameness(bytes=False, content=False, largest=0.25, mean=0.25)
