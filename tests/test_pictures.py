"""Decoding of what users give, and what is made of it."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

from qdhf import pictures
from qdhf.errors import InvalidInput

RED, WHITE = (255, 0, 0), (255, 255, 255)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def test_png_gives_back_its_pixels_and_the_same_bytes_each_time() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    data = pictures.png(pixels)
    assert data == pictures.png(pixels.copy())
    np.testing.assert_array_equal(pictures.decode(data), pixels)
    assert {kind for kind, _ in chunks(data)} == {b"IHDR", b"IDAT", b"IEND"}, "no metadata"


def chunks(png: bytes) -> list[tuple[bytes, bytes]]:
    found, at = [], 8
    while at < len(png):
        size, kind = struct.unpack(">I4s", png[at : at + 8])
        found.append((kind, png[at + 8 : at + 8 + size]))
        at += size + 12
    return found


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
def test_every_accepted_format_is_read(kind: str) -> None:
    assert pictures.decode(saved(Image.new("RGB", (6, 4), RED), kind)).shape == (4, 6, 3)


def test_a_photo_is_turned_upright_as_its_camera_says() -> None:
    image = Image.new("RGB", (2, 1), WHITE)
    image.putpixel((0, 0), RED)
    exif = Image.Exif()
    exif[0x0112] = 6  # shown turned by 90° clockwise
    pixels = pictures.decode(saved(image, "PNG", exif=exif))
    assert pixels[:, 0].tolist() == [list(RED), list(WHITE)]


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (Image.new("RGBA", (1, 1), (255, 0, 0, 0)), WHITE),
        (Image.new("LA", (1, 1), (0, 0)), WHITE),
        (Image.new("L", (1, 1), 77), (77, 77, 77)),
        (Image.new("1", (1, 1), 1), WHITE),
        (Image.fromarray(np.full((1, 1), 65535 // 2 + 1, np.uint16)), (128, 128, 128)),
        (Image.new("P", (1, 1), 0), (0, 0, 0)),
    ],
)
def test_transparency_becomes_white_and_every_mode_becomes_rgb(
    image: Image.Image, expected: tuple[int, int, int]
) -> None:
    assert tuple(pictures.decode(saved(image, "PNG"))[0, 0]) == expected


def test_ink_colours_and_animations_become_one_plain_picture() -> None:
    assert pictures.decode(saved(Image.new("CMYK", (2, 2)), "JPEG")).mean() > 250
    frames = [Image.new("RGB", (2, 2), colour) for colour in (RED, WHITE)]
    gif = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert tuple(pictures.decode(gif)[0, 0]) == RED


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in ((b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b""))
    )
    with pytest.raises(InvalidInput, match="64,000,000"):
        pictures.decode(bomb)
    with pytest.raises(InvalidInput, match="30 × 20 pixels; at most 500"):
        pictures.decode(saved(Image.new("RGB", (30, 20)), "PNG"), largest=500)


@pytest.mark.parametrize("cut", [0, 1, 20, 60, 90])
def test_a_damaged_file_is_refused(cut: int) -> None:
    data = saved(Image.effect_noise((40, 40), 99).convert("RGB"), "PNG")
    with pytest.raises(InvalidInput, match=r"damaged|no picture"):
        pictures.decode(data[: len(data) * cut // 100])


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"<svg/>", b"%!PS-Adobe", b"\xff\xd8\xff" + b"\0" * 99])
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput):
        pictures.decode(data)


@pytest.mark.parametrize(
    ("size", "expected"),
    [((1000, 500), (128, 64)), ((3, 300), (1, 128)), ((128, 128), (128, 128))],
)
def test_thumbnails_fit_their_size_and_keep_the_aspect(size: tuple[int, int], expected: tuple[int, int]) -> None:
    width, height = size
    made = pictures.thumbnails(np.full((height, width, 3), 90, np.uint8))
    assert set(made) == {128, 256}
    with Image.open(io.BytesIO(made[128])) as image:
        assert (image.format, image.size) == ("WEBP", expected)
    with Image.open(io.BytesIO(made[256])) as image:
        assert max(image.size) == 256


@pytest.mark.parametrize(
    ("side", "sides"), [(64, {128: 128, 256: 128}), (100, {128: 128, 256: 200}), (9, {128: 18, 256: 18})]
)
def test_thumbnails_enlarge_to_twice_the_picture_at_most(side: int, sides: dict[int, int]) -> None:
    made = pictures.thumbnails(np.full((side, side, 3), 90, np.uint8))
    assert {size: Image.open(io.BytesIO(data)).size for size, data in made.items()} == {
        size: (wide, wide) for size, wide in sides.items()
    }


def test_shrinking_never_enlarges() -> None:
    pixels = np.zeros((10, 20, 3), np.uint8)
    assert pictures.shrink(pixels, 20) is pixels
    assert pictures.shrink(pixels, 10).shape == (5, 10, 3)
    assert pictures.square(pixels, 8).shape == (8, 8, 3)


@pytest.mark.parametrize(
    "wrong",
    [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 4), np.uint8), np.zeros((0, 4, 3), np.uint8), np.zeros((4, 4, 3)), 7],
)
def test_an_array_that_is_no_picture_is_refused(wrong: object) -> None:
    with pytest.raises(InvalidInput, match="must"):
        pictures.png(wrong)  # type: ignore[arg-type]


def swapped_profile() -> bytes:
    """A colour profile that means green where sRGB means red, and the other way round."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    tags = {bytes(data[at : at + 4]): at for at in range(132, 132 + 12 * int.from_bytes(data[128:132], "big"), 12)}
    red, green = (slice(tags[name] + 4, tags[name] + 12) for name in (b"rXYZ", b"gXYZ"))
    data[red], data[green] = data[green], data[red]
    for name in ("sRGB", "sRGB".encode("utf-16-be").decode("latin-1")):
        data = bytearray(bytes(data).replace(name.encode("latin-1"), name.replace("s", "x").encode("latin-1")))
    return bytes(data)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_colours_are_what_the_picture_s_own_profile_means(mode: str) -> None:
    image = Image.new(mode, (3, 2), (255, 0, 0, 255)[: len(mode)])
    pixels = pictures.decode(saved(image, "PNG", icc_profile=swapped_profile()))
    assert pixels.shape == (2, 3, 3)
    np.testing.assert_allclose(pixels[0, 0], (0, 255, 0), atol=2)


@pytest.mark.parametrize("profile", [b"no profile", ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()])
def test_a_profile_that_says_srgb_or_nothing_changes_nothing(profile: bytes) -> None:
    image = Image.new("RGB", (3, 2), (200, 30, 7))
    assert pictures.decode(saved(image, "PNG", icc_profile=profile))[0, 0].tolist() == [200, 30, 7]
