"""Croissant 1.0 metadata (mlcommons.org/croissant/1.0): what the files hold, for machines, as JSON-LD.

The records are described where they are read best: in the Parquet shards where those are in the export, else in the
image folder (files joined with their lines of ``metadata.jsonl``), or in ``texts.jsonl``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from typing import Any

from qdhf.formats.base import COLUMNS, Part, Source
from qdhf.formats.files import FOLDER, METADATA, TEXTS
from qdhf.formats.package import Entry, Package

FILE = "croissant.json"
TYPES = {"quality": "sc:Float", "place": "sc:Float", "width": "sc:Integer", "height": "sc:Integer"}
CITE = (
    "@inproceedings{ding2024quality, title={Quality Diversity through Human Feedback}, author={Ding, Li and Zhang, Jenny and "
    "Clune, Jeff and Spector, Lee and Lehman, Joel}, booktitle={ICML}, year={2024}}"
)
TERMS = (
    "citeAs", "column", "equivalentProperty", "examples", "extract", "field", "fileProperty", "fileObject", "fileSet",
    "format", "includes", "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet", "references",
    "regex", "repeated", "replace", "samplingRate", "separator", "source", "subField", "transform",
)  # fmt: skip
CONTEXT = {
    "@language": "en", "@vocab": "https://schema.org/", "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/", "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/", "conformsTo": "dct:conformsTo", **{term: f"cr:{term}" for term in TERMS},
    "data": {"@id": "cr:data", "@type": "@json"}, "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
}  # fmt: skip


class Croissant:
    """Comes last: it names the checksums of files that are written by then."""

    name = "croissant"
    words = "Croissant metadata"

    def parts(self, source: Source) -> list[Part]:
        return [Part(FILE, 0, partial(write_croissant, source))]


def write_croissant(source: Source, package: Package) -> None:
    record = describe(source, {entry.name: entry for entry in package.entries() if described(entry.name)})
    package.add(FILE, json.dumps(record, indent=1, ensure_ascii=False).encode(), compress=True)


def described(name: str) -> bool:
    """Whether records are read from the file of this name."""
    return name in (METADATA, TEXTS) or name.endswith(".parquet")


def describe(source: Source, files: dict[str, Entry]) -> dict[str, Any]:
    """The whole JSON-LD document. ``files``: those of the export that records can be read from."""
    shards = [name for name in files if name.endswith(".parquet")]
    described = _in_parquet(source) if shards else _in_texts(files) if source.kind == "text" else _in_folder(files)
    distribution, fields = described
    study = source.info.study
    return {
        "@context": CONTEXT, "@type": "sc:Dataset", "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": source.info.name, "version": "1.0.0", "datePublished": source.info.collection["created_at"][:10],
        "description": f"{source.count} items chosen from the study “{study['name']}”. {study['brief']}".strip(),
        "citeAs": CITE, "isLiveDataset": False, "distribution": distribution,
        "recordSet": [{"@type": "cr:RecordSet", "@id": "items", "name": "items", "field": fields}],
    }  # fmt: skip


def _in_parquet(source: Source) -> tuple[list[Any], list[Any]]:
    shards = _file_set("parquet", "data/*.parquet", "application/x-parquet")
    read: dict[str, Any] = {"extract": {"column": "text"}}
    if source.kind == "image":
        read = {"extract": {"column": "image"}, "transform": {"jsonPath": "bytes"}}
    content = _content(source.kind, {"fileSet": {"@id": "parquet"}, **read})
    return [shards], [content, *_columns({"fileSet": {"@id": "parquet"}})]


def _in_texts(files: dict[str, Entry]) -> tuple[list[Any], list[Any]]:
    there = {"fileObject": {"@id": TEXTS}}
    content = _content("text", {**there, "extract": {"column": "text"}})
    return [_file_object(files[TEXTS])], [content, *_columns(there)]


def _in_folder(files: dict[str, Entry]) -> tuple[list[Any], list[Any]]:
    there = {"fileObject": {"@id": METADATA}}
    images = _file_set("images", f"{FOLDER}/*-*.*", "image/png")
    name = _field("file_name", "sc:Text", {**there, "extract": {"column": "file_name"}})
    name["references"] = {"fileSet": {"@id": "images"}, "extract": {"fileProperty": "filename"}}
    content = _content("image", {"fileSet": {"@id": "images"}, "extract": {"fileProperty": "content"}})
    return [_file_object(files[METADATA]), images], [content, name, *_columns(there)]


def _columns(there: dict[str, Any]) -> list[dict[str, Any]]:
    fields = []
    for name, words in COLUMNS.items():
        kind = "sc:DateTime" if name == "created_at" else TYPES.get(name, "sc:Text")
        field = _field(name, kind, {**there, "extract": {"column": name}})
        fields.append(field | {"description": words} | ({"repeated": True} if name == "place" else {}))
    return fields


def _content(kind: str, source: dict[str, Any]) -> dict[str, Any]:
    name, data = ("image", "sc:ImageObject") if kind == "image" else ("text", "sc:Text")
    return _field(name, data, source) | {"description": f"The {name} itself"}


def _field(name: str, kind: str, source: dict[str, Any]) -> dict[str, Any]:
    return {"@type": "cr:Field", "@id": f"items/{name}", "name": name, "dataType": kind, "source": source}


def _file_object(entry: Entry) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject", "@id": entry.name, "name": entry.name, "contentUrl": entry.name,
        "contentSize": f"{entry.bytes} B", "encodingFormat": "application/jsonlines", "sha256": entry.sha256,
    }  # fmt: skip


def _file_set(name: str, includes: str, form: str) -> dict[str, Any]:
    return {"@type": "cr:FileSet", "@id": name, "name": name, "includes": includes, "encodingFormat": form}


def readable(formats: Sequence[str]) -> bool:
    """Whether an export with these formats holds files that Croissant can describe."""
    return "images" in formats or "parquet" in formats
