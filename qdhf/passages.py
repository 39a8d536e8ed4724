"""Texts as small pictures, so that a map, a strip or a row of items shows them where it shows pictures."""

from __future__ import annotations

import io
from bisect import bisect_right
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from qdhf.pictures import THUMBNAILS

FONT = Path(__file__).parent / "fonts" / "DejaVuSans.ttf"  # Latin, Greek, Cyrillic and many signs; others show as boxes
PAPER, INK = (250, 250, 247), (28, 30, 33)
MARGIN, LARGEST, SMALLEST = 0.06, 0.125, 0.075  # of the side: space around, and heights of the letters
MOST = 600  # characters: more never fit, however narrow


def text_thumbnails(text: str) -> dict[int, bytes]:
    """WebP files by size, 128 and 256 pixels square: as much of ``text`` as fits, in the largest letters that show all of
    it or else in the smallest. The same text gives the same bytes."""
    made: dict[int, bytes] = {}
    shown = " ".join(text[: 4 * MOST].split())[:MOST]
    for side in THUMBNAILS:
        out = io.BytesIO()
        _drawn(shown, side).save(out, "WEBP", quality=85, method=1)
        made[side] = out.getvalue()
    return made


def _drawn(text: str, side: int) -> Image.Image:
    picture = Image.new("RGB", (side, side), PAPER)
    pen, edge = ImageDraw.Draw(picture), round(MARGIN * side)
    for height in range(round(LARGEST * side), round(SMALLEST * side) - 1, -1):
        font, room = _font(height), side - 2 * edge
        step = round(1.3 * height)
        lines = wrapped(text, font, room)
        if len(lines) * step <= room or height == round(SMALLEST * side):
            break
    shown = lines[: max(1, room // step)]
    if len(shown) < len(lines):
        shown[-1] = cut(f"{shown[-1]} {lines[len(shown)]}", font, room)
    for number, line in enumerate(shown):
        pen.text((edge, edge + number * step), line, font=font, fill=INK)
    return picture


def wrapped(text: str, font: ImageFont.FreeTypeFont, room: float) -> list[str]:
    """``text`` in lines that fit ``room`` pixels, broken at spaces, and inside a word only where it alone is too long."""
    lines, line = [], ""
    for word in text.split(" "):
        if font.getlength(f"{line} {word}".strip()) <= room:
            line = f"{line} {word}".strip()
            continue
        if line:
            lines.append(line)
        while font.getlength(word) > room:
            end = max(1, bisect_right(range(len(word)), room, key=lambda n: font.getlength(word[:n])) - 1)
            lines.append(word[:end])
            word = word[end:]
        line = word
    return [*lines, line] if line else lines


def cut(line: str, font: ImageFont.FreeTypeFont, room: float) -> str:
    """As much of ``line`` as fits with an ellipsis behind it."""
    while line and font.getlength(f"{line}…") > room:
        line = line[:-1]
    return f"{line.rstrip()}…"


@cache
def _font(height: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONT), height)
