"""Render the openly licensed picture sets to RGBA arrays with names and keywords.

The sets come from npm (``npm ci --ignore-scripts`` in this folder; ``package-lock.json`` pins them by
SHA-512). Pictures are matched to emojibase by code point, else by the slug of the label.
"""

from __future__ import annotations

import argparse
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import resvg_py
from PIL import Image

HERE = Path(__file__).resolve().parent
SETS = {"noto": "noto", "noto-v1": "blob", "fluent-emoji": "3d", "fluent-emoji-flat": "flat"}
GROUPS = ("animals & nature", "food & drink", "smileys & emotion")
RENDER = 96  # pixels; augmentations are drawn from this size down to 64


def slug(text: str) -> str:
    return re.sub("[^a-z0-9]+", "", text.lower())


def code_points(hexcode: str) -> str:
    """``1F600-FE0F`` and ``1F600`` are the same picture: the variation selector is dropped."""
    return "-".join(part for part in hexcode.upper().split("-") if part != "FE0F")


def names(packages: Path) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
    """Emojibase entries by code point and by slug of the label (skin-tone variants left out)."""
    folder = packages / "emojibase-data" / "en"
    groups = {g["order"]: g["message"] for g in json.loads((folder / "messages.json").read_text())["groups"]}
    by_code, by_slug = {}, {}
    for entry in json.loads((folder / "data.json").read_text()):
        name = {"label": entry["label"].lower(), "tags": entry.get("tags", []), "group": groups.get(entry.get("group"))}
        by_code[code_points(entry["hexcode"])] = name
        by_slug[slug(entry["label"])] = name
    return by_code, by_slug


def render(icon: dict[str, Any], defaults: dict[str, Any]) -> np.ndarray:
    """One iconify icon as RGBA, (RENDER, RENDER, 4) uint8."""
    size = {k: icon.get(k, defaults.get(k, d)) for k, d in (("left", 0), ("top", 0), ("width", 16), ("height", 16))}
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{size["width"]}" height="{size["height"]}" '
        f'viewBox="{size["left"]} {size["top"]} {size["width"]} {size["height"]}">{icon["body"]}</svg>'
    )
    png = resvg_py.svg_to_bytes(svg_string=svg.replace("currentColor", "#222"), width=RENDER * 2)
    image = Image.open(io.BytesIO(bytes(png))).convert("RGBA")
    return np.asarray(image.resize((RENDER, RENDER), Image.Resampling.BOX))


def pictures(packages: Path, sets: list[str], groups: tuple[str, ...]) -> Iterator[tuple[np.ndarray, dict[str, Any]]]:
    """Every named picture of ``sets`` in ``groups``: (RENDER, RENDER, 4) uint8 and its name record."""
    by_code, by_slug = names(packages)
    for name in sets:
        folder = packages / "@iconify-json" / name
        data = json.loads((folder / "icons.json").read_text())
        codes: dict[str, list[str]] = {}
        for code, icon_name in json.loads((folder / "chars.json").read_text()).items():
            codes.setdefault(icon_name, []).append(code_points(code))
        for icon_name, icon in data["icons"].items():
            known = [by_code[c] for c in codes.get(icon_name, []) if c in by_code]
            entry = known[0] if known else by_slug.get(slug(icon_name))
            if icon.get("hidden") or entry is None or entry["group"] not in groups:
                continue
            yield render(icon, data), {"set": name, "style": SETS.get(name, name), "icon": icon_name, **entry}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packages", type=Path, default=HERE / "node_modules")
    parser.add_argument("--work", type=Path, required=True, help="folder for everything that training makes")
    parser.add_argument("--group", action="append", help="one emojibase group more; may be repeated")
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    arrays, records = [], []
    for array, record in pictures(args.packages, list(SETS), GROUPS + tuple(args.group or ())):
        if array[..., 3].mean() > 8:  # blank renders carry nothing to learn
            arrays.append(array)
            records.append(record)
    np.savez_compressed(args.work / "pictures.npz", rgba=np.stack(arrays))
    (args.work / "pictures.jsonl").write_text("\n".join(json.dumps(r) for r in records))
    print(f"{len(records)} pictures, {len({r['label'] for r in records})} concepts")


if __name__ == "__main__":
    main()
