"""How the map is looked at: colours, axes, cells, and whether a second map stands beside. All of it stays in the address."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import streamlit as st

from pages._ui.context import whole
from qdhf.errors import NotFound
from qdhf.studio import Studio
from qdhf.studio.map_sheet import Sheet
from qdhf.studio.mapping import Look
from qdhf.types import Study

COLOURS = {
    "quality": "Quality", "age": "Age: when it was made", "count": "Number of items", "uncertainty": "Uncertainty of the place",
    "group": "Who was asked", "source": "How it came about",
}  # fmt: skip
SIDES = (5, 10, 20, 25, 50, 100)
EVEN = (50, 100, 400, 1000, 2500, 10_000)
WIDE = 163  # two fit side by side on a phone
LATEST, THEN, OWN, ALONE, NOTHING = "latest", "then", "own", "none", "nothing"
THEN_WORDS = "As they were then"


@dataclass(frozen=True, kw_only=True)
class Looks:
    """What was chosen. ``follows``: the map takes the axes of the moment that its slider shows. ``beside`` None: one
    map alone; titles say whose axes each shows."""

    by: str
    cells: str
    look: Look
    title: str
    follows: bool
    beside: Look | None
    beside_title: str


def looks_panel(studio: Studio, study: Study, home: Sheet) -> Looks:
    """Draw the choices in a row; ``home`` is the study's own map."""
    axes = axes_of(studio, study, home)
    words = {name: said for name, (said, _) in axes.items()}
    with st.container(horizontal=True, vertical_alignment="bottom", key="archive-looks"):
        by = _choice("Colour by", "archive-colour", {w: COLOURS[w] for w in studio.mapping.ways(study, home)})
        cells = _choice("Cells", "archive-cells", cells_of(study))
        several = len(axes) > 1
        first = _choice("Axes", "archive-axes", words | ({THEN: THEN_WORDS} if several else {})) if several else LATEST
        second = _choice(
            "Beside it", "archive-beside", {ALONE: NOTHING} | words | {LATEST: "the latest, at any moment"}
        )
    if first == THEN:
        axes[THEN] = _then(studio, study)
    return Looks(
        by=by, cells=cells, look=_look(axes, first, cells), title=axes[first][0], follows=first == THEN,
        beside=None if second == ALONE else _look(axes, second, cells),
        beside_title="" if second == ALONE else axes[second][0],
    )  # fmt: skip


def moment_key(study: Study) -> str:
    """Where the position of the last item that the slider leaves on the map is kept."""
    return f"archive-moment-{study.id}"


def _then(studio: Studio, study: Study) -> tuple[str, Look]:
    """The axes that were the latest at the moment that the slider shows; before it was touched, the latest."""
    said = st.query_params.get("archive-until", "")
    until = whole(said)
    position = st.session_state.get(moment_key(study), None if until is None else until - 1)
    if position is None:
        return THEN_WORDS, Look()
    with suppress(NotFound):  # an address of another study's moment
        version = studio.mapping.version_at(study, position)
        return f"{THEN_WORDS}: version {version}", Look(version=version)
    return THEN_WORDS, Look()


def looks_alone() -> bool:
    """Whether one map will stand alone, before the choices are drawn: by the last run of the page, or by the address."""
    key = "archive-beside"
    chosen = st.session_state.get(key) or st.query_params.get(key, ALONE)
    return chosen in (ALONE, NOTHING)


def axes_of(studio: Studio, study: Study, home: Sheet) -> dict[str, tuple[str, Look]]:
    """Axes that the map can have, by name, with words: the latest, earlier ones, those of groups."""
    found = {LATEST: (f"Latest (version {home.fit.version})", Look())}
    if studio.may(studio.rating.known_groups):
        minds = studio.rating.known_groups(study)
        groups = range(len(minds.groups)) if minds is not None and len(minds.groups) > 1 else range(0)
        found |= {f"group-{n + 1}": (f"Group {chr(65 + n)}'s own", Look(group=n)) for n in groups}
    return found | {f"v{n}": (f"Version {n}", Look(version=n)) for n in range(home.fit.version - 1, 0, -1)}


def cells_of(study: Study) -> dict[str, str]:
    """Kinds and sizes of cells, by name, in words."""
    columns, rows = study.map.dims[:2]
    found = {OWN: f"{columns} × {rows} (this study's)"}
    found |= {f"grid-{n}": f"{n} × {n}" for n in SIDES if (n, n) != (columns, rows)}
    return found | {f"even-{n}": f"{n:,} even cells" for n in EVEN}


def _look(axes: dict[str, tuple[str, Look]], name: str, cells: str) -> Look:
    look = axes[name][1]
    kind, _, size = cells.partition("-")
    dims = (int(size), int(size)) if kind == "grid" else None
    return Look(version=look.version, group=look.group, dims=dims, even=int(size) if kind == "even" else None)


def _choice(label: str, key: str, options: dict[str, str]) -> str:
    chosen = st.selectbox(
        label, list(options), format_func=options.__getitem__, key=key, bind="query-params", width=WIDE,
    )  # fmt: skip
    return chosen or next(iter(options))
