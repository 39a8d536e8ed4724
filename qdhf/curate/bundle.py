"""The files of an exported set, written one after another so that memory stays flat.

Layout of the ZIP: ``images/000001-<sha>.png`` with ``images/metadata.jsonl`` beside them (the layout that Hugging Face
``datasets`` loads as an image folder), ``judgments.jsonl``, ``study.json``, ``README.md`` (dataset card) and, last,
``manifest.json`` with the SHA-256 and size of every other file and the command that makes the set again.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterable
from dataclasses import asdict
from typing import IO, Any

from qdhf import __version__
from qdhf.types import Collection, Fit, Item, Study, genome_record

EPOCH = (1980, 1, 1, 0, 0, 0)  # a fixed date: the same set gives the same bytes
EXTENSIONS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "text/plain": "txt"}


class Bundle:
    """A ZIP in the making that keeps its own manifest."""

    def __init__(self, target: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(target, "w", zipfile.ZIP_STORED, allowZip64=True)
        self._files: dict[str, dict[str, Any]] = {}

    def add(self, name: str, data: bytes, *, compress: bool = False) -> None:
        info = zipfile.ZipInfo(name, EPOCH)
        info.compress_type = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
        info.external_attr = 0o644 << 16
        self._zip.writestr(info, data)
        self._files[name] = {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}

    def add_lines(self, name: str, lines: Iterable[str]) -> None:
        """A text file given line by line; never held as a whole."""
        info = zipfile.ZipInfo(name, EPOCH)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o644 << 16
        digest, size = hashlib.sha256(), 0
        with self._zip.open(info, "w", force_zip64=True) as file:
            for line in lines:
                data = line.encode() + b"\n"
                digest.update(data)
                size += len(data)
                file.write(data)
        self._files[name] = {"sha256": digest.hexdigest(), "bytes": size}

    def finish(self, facts: dict[str, Any]) -> None:
        """Write the manifest and close."""
        manifest = {"format": "qdhf-set/1", "made_by": f"qdhf-studio {__version__}", **facts, "files": self._files}
        self._zip.writestr(zipfile.ZipInfo("manifest.json", EPOCH), json.dumps(manifest, indent=1, ensure_ascii=False))
        self._zip.close()


def file_name(item: Item, number: int) -> str:
    return f"images/{number:06d}-{item.blob[:12]}.{EXTENSIONS.get(item.media_type, 'bin')}"


def metadata_line(item: Item, number: int, *, quality: float, place: list[float] | None, reason: str) -> str:
    """One row of ``metadata.jsonl``; ``file_name`` is relative to it, as ``datasets`` wants."""
    record = {
        "file_name": file_name(item, number).removeprefix("images/"), "item": item.id, "sha256": item.blob,
        "prompt": item.genome.prompt if item.genome else "", "quality": round(quality, 6), "place": place,
        "reason": reason, "source": item.source, "name": item.name,
        "genome": genome_record(item.genome) if item.genome else None, "created_at": item.created_at.isoformat(),
    }  # fmt: skip
    return json.dumps(record, ensure_ascii=False)


def study_record(study: Study, fit: Fit | None) -> dict[str, Any]:
    """The study and its descriptor as JSON-ready values: enough to place new items on the same axes."""
    record = asdict(study) | {"created_at": study.created_at.isoformat()}
    if fit is not None:
        record["descriptor"] = {
            "version": fit.version, "method": fit.report.method, "low": fit.low.tolist(), "high": fit.high.tolist(),
            "weights": fit.projection.weights.tolist(), "mean": fit.projection.mean.tolist(),
            "scale": float(fit.projection.scale), "report": asdict(fit.report),
        }  # fmt: skip
    return record


def dataset_card(study: Study, collection: Collection, figures: dict[str, Any]) -> str:
    """A Hugging Face dataset card: front matter, what is inside, how it was chosen, figures, limits."""
    lines = [
        "---", "tags:", "- quality-diversity", "- qdhf", f"size_categories:\n- {_size(len(collection.items))}",
        "configs:\n- config_name: default\n  data_dir: images", "---", "", f"# {_plain(collection.name)}", "",
        f"{len(collection.items)} items chosen from the study “{_plain(study.name)}”.", "",
        f"- How they were chosen: {collection.method}, {json.dumps(collection.settings, ensure_ascii=False)}",
        f"- Generator: {study.generator.name} ({study.generator.model})", f"- Encoder: {study.encoder}",
        f"- Quality measure: {study.scorer}", "- Prompts:",
        *[f"  - {_plain(p)[:300]}" for p in study.prompts], "", "## Figures", "",
        *figure_table(figures), "", "## Limits", "",
        "Quality is a model's opinion; the axes are those of the people who answered and of no one else.",
        "The licence of the images follows from the generator's licence and the prompts; state it before you publish.", "",
    ]  # fmt: skip
    return "\n".join(lines)


def figure_table(figures: dict[str, dict[str, Any]]) -> list[str]:
    """Lines of a Markdown table: one row per figure, one column per set it was taken of."""
    if not figures:
        return ["Not measured."]
    sets = list(figures)
    rows = [
        f"| {name} | " + " | ".join(_number(figures[s].get(name)) for s in sets) + " |" for name in figures[sets[0]]
    ]
    return ["| | " + " | ".join(sets) + " |", "|---" * (len(sets) + 1) + "|", *rows]


def _number(value: Any) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _plain(text: str) -> str:
    """One line without characters that Markdown or HTML would act on."""
    return (
        " ".join(text.split()).replace("<", "‹").replace(">", "›").replace("`", "'").replace("[", "(").replace("]", ")")
    )


def _size(n: int) -> str:
    return "n<1K" if n < 1000 else "1K<n<10K" if n < 10_000 else "10K<n<100K"
