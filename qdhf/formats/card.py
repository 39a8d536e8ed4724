"""The dataset card: a README.md whose front matter tells ``datasets`` which files to load.

One configuration alone: ``datasets`` opens all configurations of a folder with the module that suits one of them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from qdhf.formats.base import Source
from qdhf.formats.files import FOLDER, TEXTS
from qdhf.formats.table import FILE as TABLE

CONFIGS = {  # the first that is in the export is what load_dataset(folder) gives
    "parquet": "data_files: data/*.parquet",
    "images": f"data_dir: {FOLDER}",
    "csv": f"data_files: {TABLE}",
}
HOLDS = {
    "images": f"`{FOLDER}/`: the images, with `metadata.jsonl` beside them",
    "parquet": "`data/*.parquet`: the same as Parquet shards",
    "csv": f"`{TABLE}`: the metadata as a table",
    "webdataset": "`webdataset/*.tar`: the same as WebDataset shards",
    "judgments": "`judgments.jsonl`, `judgments.csv`: every answer that people gave",
    "croissant": "`croissant.json`: a description for machines",
}


def dataset_card(source: Source, formats: Sequence[str]) -> str:
    """Front matter, what is inside, how it was chosen, figures, limits."""
    info, study = source.info, source.info.study
    generator = study["generator"]
    holds = HOLDS | ({"images": f"`{TEXTS}`: the texts"} if source.kind == "text" else {})
    chosen = info.collection
    return "\n".join([
        "---", f"pretty_name: {json.dumps(info.name, ensure_ascii=False)}", "tags:", "- quality-diversity", "- qdhf",
        "size_categories:", f"- {_size(source.count)}", *_configs(source, formats), "---", "", f"# {plain(info.name)}", "",
        f"{source.count} items chosen from the study “{plain(study['name'])}”.", "", "## Files", "",
        *[f"- {holds[name]}" for name in formats if name in holds],
        "- `study.json`: the study and its axes; `manifest.json`: SHA-256 of every file", "",
        "## How it was made", "",
        f"- How they were chosen: {chosen['method']}, {json.dumps(chosen['settings'], ensure_ascii=False)}",
        f"- Generator: {generator['name']} ({generator['model']})", f"- Encoder: {study['encoder']}",
        f"- Quality measure: {study['scorer']}", f"- Made again by: `{info.command}`", "- Prompts:",
        *[f"  - {plain(p)[:300]}" for p in study["prompts"]], "", "## Figures", "", *figure_table(info.figures), "",
        "## Limits", "",
        "Quality is a model's opinion; the axes are those of the people who answered and of no one else.",
        "The licence of the items follows from the generator's licence and the prompts; state it before you publish.", "",
    ])  # fmt: skip


def _configs(source: Source, formats: Sequence[str]) -> list[str]:
    known = CONFIGS if source.kind == "image" else CONFIGS | {"images": f"data_files: {TEXTS}"}
    first = next((files for name, files in known.items() if name in formats), None)
    return ["configs:", "- config_name: default", f"  {first}"] if first else []


def figure_table(figures: dict[str, dict[str, Any]]) -> list[str]:
    """Lines of a Markdown table: one row per figure, one column per set it was taken of."""
    if not figures:
        return ["Not measured."]
    sets = list(figures)
    rows = [
        f"| {name} | " + " | ".join(_number(figures[s].get(name)) for s in sets) + " |" for name in figures[sets[0]]
    ]
    return ["| | " + " | ".join(sets) + " |", "|---" * (len(sets) + 1) + "|", *rows]


def plain(text: str) -> str:
    """One line without characters that Markdown or HTML would act on."""
    return (
        " ".join(text.split()).replace("<", "‹").replace(">", "›").replace("`", "'").replace("[", "(").replace("]", ")")
    )


def _number(value: Any) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _size(n: int) -> str:
    return "n<1K" if n < 1000 else "1K<n<10K" if n < 10_000 else "10K<n<100K" if n < 100_000 else "100K<n<1M"
