"""The recipe of the shipped model, whole, on three drawings: begun in an empty folder, killed, continued."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from models.recipe.captions import Change, caption, composite, dominant, drawn, turned
from qdhf.generators.pipelines import EMBEDDED_FOLDER

ROOT = Path(__file__).resolve().parents[2]
DRAWINGS = {
    "red-circle": '<circle cx="16" cy="16" r="12" fill="#e02020"/>',
    "blue-square": '<path fill="#2050e0" d="M5 5h22v22H5z"/>',
    "green-apple": '<path fill="#20a040" d="M16 4l12 24H4z"/>',
    "nameless": '<circle cx="16" cy="16" r="3"/>',
}
SETTINGS = {
    "vae": ["--steps", "6", "--batch", "4"],
    "unet": ["--steps", "6", "--batch", "4", "--channels", "32", "32", "64", "--no-sheets"],
}


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The npm packages of the recipe as they lie on disk, with four drawings in one set and none in the others."""
    folder = tmp_path_factory.mktemp("packages")
    english = folder / "emojibase-data" / "en"
    english.mkdir(parents=True)
    (english / "messages.json").write_text(json.dumps({"groups": [{"order": 4, "message": "food & drink"}]}))
    entries = [
        {"label": "green apple", "hexcode": "1F34F", "group": 4, "tags": ["fruit"]},
        {"label": "red circle", "hexcode": "1F534", "group": 4, "tags": []},
        {"label": "blue square", "hexcode": "1F7E6", "group": 4, "tags": []},
    ]
    (english / "data.json").write_text(json.dumps(entries))
    for name in ("noto", "noto-v1", "fluent-emoji", "fluent-emoji-flat"):
        icons = {icon: {"body": body} for icon, body in DRAWINGS.items()} if name == "noto" else {}
        (folder / "@iconify-json" / name).mkdir(parents=True)
        (folder / "@iconify-json" / name / "icons.json").write_text(
            json.dumps({"icons": icons, "width": 32, "height": 32})
        )
        (folder / "@iconify-json" / name / "chars.json").write_text(json.dumps({"1f534": "red-circle"}))
    return folder


def start(module: str, *options: str | Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", f"models.recipe.{module}", *map(str, options)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def run(module: str, *options: str | Path) -> str:
    process = start(module, *options)
    said, _ = process.communicate(timeout=240)
    assert process.returncode == 0, said
    return said


def stopped(module: str, work: Path, kind: signal.Signals, *options: str) -> int:
    """Start a training, stop it at its second checkpoint, return the step of the last whole one."""
    folder = work / module
    process = start(module, "--work", work, "--threads", "1", "--save-every", "0", *options)
    until = time.monotonic() + 120
    while len({path.parent.name for path in folder.glob("step-*/done.json")} - {"step-00000001"}) < 1:
        if process.poll() is not None or time.monotonic() > until:
            pytest.fail(process.communicate()[0])
        time.sleep(0.002)
    os.kill(process.pid, kind)
    process.communicate(timeout=60)
    return max(int(path.parent.name[5:]) for path in folder.glob("step-*/done.json"))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_killed_and_continued_it_ends_with_the_same_weights(packages: Path, tmp_path: Path) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    assert "3 pictures, 3 concepts" in run(
        "pictures", "--packages", packages, "--work", whole, "--group", "food & drink"
    )
    broken.mkdir()
    for name in ("pictures.npz", "pictures.jsonl"):
        (broken / name).write_bytes((whole / name).read_bytes())
    for part, kind in (("vae", signal.SIGKILL), ("unet", signal.SIGTERM)):
        module = f"train_{part}"
        run(module, "--work", whole, "--threads", "1", *SETTINGS[part])
        step = stopped(module, broken, kind, *SETTINGS[part])
        assert 1 <= step < 6
        run(module, "--work", broken, "--threads", "1", *SETTINGS[part])
        weights = [folder / part / "diffusion_pytorch_model.safetensors" for folder in (whole, broken)]
        assert weights[0].read_bytes() == weights[1].read_bytes()
        curves = [(folder / module / "curve.jsonl").read_text().splitlines() for folder in (whole, broken)]
        assert [json.loads(line)["step"] for line in curves[1]] == [json.loads(line)["step"] for line in curves[0]]
        if part == "vae":
            for folder in (whole, broken):
                run("latents", "--work", folder, "--variants", "2", "--threads", "1")
            assert (whole / "latents.safetensors").read_bytes() == (broken / "latents.safetensors").read_bytes()
    run("assemble", "--work", whole, "--out", tmp_path / "shipped")
    assert_it_draws(tmp_path / "shipped")


def assert_it_draws(folder: Path) -> None:
    """The program's own generator opens what was assembled in the place of the shipped model."""
    shipped = {path.relative_to(EMBEDDED_FOLDER) for path in EMBEDDED_FOLDER.rglob("*") if path.is_file()}
    assert {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()} == shipped
    script = (
        "import sys, pathlib, qdhf.generators.pipelines as p; p.EMBEDDED_FOLDER = pathlib.Path(sys.argv[1]);"
        "from qdhf.registry import open_generator; from qdhf.types import GeneratorSpec, Genome;"
        "made = open_generator(GeneratorSpec()).generate([Genome(prompt='red circle', seed=k, steps=2) for k in (0, 1)]);"
        "print([m.pixels.shape for m in made], (made[0].pixels != made[1].pixels).any())"
    )
    said = subprocess.run([sys.executable, "-c", script, folder], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert said.stdout.strip().endswith("[(64, 64, 3), (64, 64, 3)] True"), said.stderr


def square(colour: tuple[int, int, int]) -> np.ndarray:
    rgba = np.zeros((96, 96, 4), np.uint8)
    rgba[24:72, 24:72] = (*colour, 255)
    return rgba


def test_a_drawing_has_the_colour_that_most_of_it_has() -> None:
    assert dominant(square((220, 30, 30))) == "red"
    assert dominant(square((40, 90, 220))) == "blue"
    assert dominant(square((128, 128, 128))) is None
    halves = square((220, 30, 30))
    halves[24:72, 48:72, :3] = (40, 90, 220)
    assert dominant(halves) is None
    assert dominant(np.zeros((96, 96, 4), np.uint8)) is None


def test_turned_hues_are_always_said_and_never_where_the_name_has_a_colour() -> None:
    rng, red = np.random.default_rng(0), square((220, 30, 30))
    said = [drawn(red, "flower", "flat", rng) for _ in range(300)]
    turns = [(picture, text) for picture, text in said if picture[32, 32, 0] < 150]
    assert 15 < len(turns) < 60
    for picture, text in turns:
        inside = np.dstack([picture[24:40, 24:40], np.full((16, 16), 255, np.uint8)])
        assert text.removeprefix("small ").removeprefix("tilted ").split()[0] == dominant(inside), text
    for _ in range(100):
        picture, text = drawn(red, "red heart", "flat", rng)
        assert picture[32, 32, 0] > 150
        assert text.count("red heart") == 1


def test_captions_say_nothing_that_is_not_so() -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        change = Change.draw(rng)
        text = caption("pear", "noto", change, rng, "green")
        assert "small" not in text or change.scale < 0.7
        assert "tilted" not in text or change.tilt
        assert "background" not in text or text.endswith(f" {change.background} background")
        assert "an orange background" in text or "orange" not in text
        corner = composite(square((20, 200, 20)), change)[0, 0]
        assert (corner > 240).all() == (change.background == "white")


def test_turning_keeps_what_is_clear_clear() -> None:
    red = square((220, 30, 30))
    assert (turned(red, 120.0)[..., 3] == red[..., 3]).all()
    assert dominant(turned(red, 120.0)) == "green"
