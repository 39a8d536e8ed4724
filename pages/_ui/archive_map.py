"""The archive page's maps, one or two side by side, and what stands around them."""

from __future__ import annotations

from functools import partial

import streamlit as st

from pages._ui.archive_actions import aim_row, selection_row
from pages._ui.archive_looks import Looks, looks_panel
from pages._ui.archive_state import Desk
from pages._ui.archive_twin import twin
from pages._ui.axis_panel import map_labels, rename_axis
from pages._ui.context import explained
from pages._ui.item_filters import item_filters
from pages._ui.item_panel import item_panel, open_item
from pages._ui.map_canvas import MapLooks, map_canvas, picked
from pages._ui.pictures import thumbs
from qdhf.studio import Studio
from qdhf.studio.map_sheet import Sheet
from qdhf.studio.mapping import Look
from qdhf.types import Study

TALL = 720


@st.fragment
def explore(studio: Studio, study: Study) -> None:
    """Everything about the map; what happens on it runs this part of the page alone."""
    with explained():
        home = studio.mapping.sheet(study)
        looks = looks_panel(studio, study, home)
        passing = item_filters(studio, study)
        desk = Desk(f"{study.id}-{looks.cells}-{home.fit.version}")
        sheet = studio.mapping.sheet(study, looks.look)
        if sheet.fit.report.method == "pca":
            st.warning(
                "Unsupervised axes: this map follows the pictures' own variation until people have answered.",
                icon=":material/info:",
            )
        atlas = Atlas(studio, study, looks, desk, passing)
        if looks.beside is None:
            left, right = st.columns([3, 2], gap="medium")
            with left:
                atlas.draw("map", looks.look, looks.title)
                atlas.below(sheet, home)
            with right:
                opened(studio, study)
        else:
            for column, which, look, title in zip(
                st.columns(2, gap="medium"), ("map", "beside"), (looks.look, looks.beside),
                (looks.title, looks.beside_title), strict=True,
            ):  # fmt: skip
                with column:
                    st.markdown(f"**{title}**")
                    atlas.draw(which, look, title)
            atlas.below(sheet, home)
            opened(studio, study)


def opened(studio: Studio, study: Study) -> None:
    """The item in the address."""
    if wanted := st.query_params.get("item"):
        item_panel(studio, study, wanted)
    else:
        st.info("Click a picture on the map.", icon=":material/touch_app:")


class Atlas:
    """Draws maps of one study."""

    def __init__(self, studio: Studio, study: Study, looks: Looks, desk: Desk, passing: frozenset[str] | None) -> None:
        self.studio, self.study, self.looks, self.desk, self.passing = studio, study, looks, desk, passing

    def draw(self, which: str, look: Look, title: str) -> None:
        studio, study, desk = self.studio, self.study, self.desk
        sheet = studio.mapping.sheet(study, look)
        key = f"archive-{which}-{desk.name}-{look.version}-{look.group}"

        def on_pick() -> None:
            if pick := picked(key):
                open_item(studio.mapping.items(sheet, [pick["row"]])[0].id)

        strips = studio.mapping.strips(study, sheet)
        drawn = MapLooks(
            by=self.looks.by, colours=studio.mapping.colours(study, sheet, self.looks.by),
            passing=studio.mapping.passing(sheet, self.passing), pictures=thumbs(study.id) if study.kind == "image" else "",
            axis_names=map_labels(studio.learning.axis_names(study)) if look.group is None else ("Axis 1", "Axis 2"),
            strips=strips, selected=sheet.row(st.query_params.get("item")), link=study.id, title=title, height=TALL,
            address="archive-" if which == "map" else f"archive-{which}-",
        )  # fmt: skip
        hear = partial(desk.hear, key)
        map_canvas(sheet, drawn, desk.heard, key=key, on_pick=on_pick, on_aim=hear, on_gather=hear)

    def below(self, sheet: Sheet, home: Sheet) -> None:
        """Axis names, what to do with what is selected, the twin table."""
        studio, study = self.studio, self.study
        selection_row(studio, study, sheet, self.desk)
        if studio.may(studio.running.illuminate):
            aim_row(studio, study, sheet, self.desk)
        with st.container(horizontal=True, key="archive-more"):
            names = studio.learning.axis_names(study)
            for axis in (0, 1):
                rename_axis(studio, study, axis, names.get(axis), "archive", f"Name axis {axis + 1}")
            table = st.toggle("Show as a table", key="archive-twin")
        if table:
            twin(studio, sheet)
