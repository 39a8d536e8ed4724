"""How much there is to see or read in an item, asked of nobody: the third axis beside quality and diversity.

Measures of the quality-diversity-complexity survey (Havrilla et al. 2024, arXiv 2412.02980): complexity is what it takes
to write a thing down. They say nothing of whether it is good.
"""

from __future__ import annotations

import gzip
import io

import numpy as np

from qdhf.errors import InvalidInput

JPEG_QUALITY = 75
EDGE = 0.1  # of the largest difference there can be between a pixel's neighbours


def image_complexity(data: bytes) -> dict[str, float]:
    """Of a picture's file: "bytes per pixel" as a JPEG of quality 75, and "edge density": the share of pixels, the border
    left out, at which brightness changes by more than ``EDGE`` of the largest possible from one neighbour to the opposite
    one, along either axis or both (central differences). Raises InvalidInput for what is no picture."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(data)) as opened:
            picture = opened.convert("RGB")
    except (UnidentifiedImageError, OSError) as error:
        raise InvalidInput("How complex a picture is can only be told of a picture; this file is none.") from error
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=JPEG_QUALITY)
    gray = np.asarray(picture.convert("L"), np.float32) / 255  # (height, width)
    across, down = gray[1:-1, 2:] - gray[1:-1, :-2], gray[2:, 1:-1] - gray[:-2, 1:-1]
    edges = np.hypot(across, down) > EDGE
    return {
        "bytes per pixel": len(written.getvalue()) / gray.size,
        "edge density": float(edges.mean()) if edges.size else 0.0,
    }


def text_complexity(text: str) -> dict[str, float]:
    """ "characters", and "gzip ratio": bytes after compression per byte of UTF-8 before, header left out; low where a text
    repeats itself. An empty text has neither."""
    data = text.encode()
    packed = len(gzip.compress(data, mtime=0)) - len(gzip.compress(b"", mtime=0))
    return {"characters": float(len(text)), "gzip ratio": packed / len(data) if data else 0.0}
