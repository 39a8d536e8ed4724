"""Complexity: what it takes to write a thing down."""

from __future__ import annotations

import gzip
import io

import numpy as np
import pytest
from PIL import Image

from qdhf.errors import InvalidInput
from qdhf.metrics.complexity import image_complexity, text_complexity


def png(pixels: np.ndarray) -> bytes:
    written = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(written, "PNG")
    return written.getvalue()


def test_a_flat_picture_is_simpler_than_noise() -> None:
    flat = image_complexity(png(np.full((64, 64, 3), 128)))
    noise = image_complexity(png(np.random.default_rng(0).integers(0, 256, (64, 64, 3))))
    assert flat["edge density"] == 0
    assert noise["edge density"] > 0.8
    assert noise["bytes per pixel"] > 4 * flat["bytes per pixel"]


def test_edges_are_where_brightness_steps() -> None:
    """A step between columns 31 and 32 is seen from both sides: 2 of 62 inner columns."""
    pixels = np.zeros((64, 64))
    pixels[:, 32:] = 200
    assert image_complexity(png(pixels))["edge density"] == pytest.approx(2 / 62)
    assert image_complexity(png(pixels.T))["edge density"] == pytest.approx(2 / 62)
    pixels[:, 32:] = 24  # less than a tenth of 255
    assert image_complexity(png(pixels))["edge density"] == 0


def test_bytes_are_those_of_the_jpeg() -> None:
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 50, 3)).astype(np.uint8))
    source, jpeg = io.BytesIO(), io.BytesIO()
    picture.save(source, "PNG")
    picture.save(jpeg, "JPEG", quality=75)
    assert image_complexity(source.getvalue())["bytes per pixel"] == len(jpeg.getvalue()) / 2000


def test_a_picture_of_a_single_pixel_has_no_edges() -> None:
    assert image_complexity(png(np.zeros((1, 1))))["edge density"] == 0


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(InvalidInput, match="this file is none"):
        image_complexity(b"words")


def test_a_text_that_repeats_itself_is_simpler() -> None:
    letters = "".join(chr(97 + i) for i in np.random.default_rng(0).integers(0, 26, 400))
    assert text_complexity("again " * 66 + "once")["gzip ratio"] < text_complexity(letters)["gzip ratio"] / 4
    found = text_complexity("größer")
    assert found["characters"] == 6
    assert found["gzip ratio"] == (len(gzip.compress("größer".encode())) - len(gzip.compress(b""))) / 8
    assert text_complexity("") == {"characters": 0, "gzip ratio": 0}
