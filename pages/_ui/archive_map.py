"""The archive page's maps, one or two side by side, and what stands around them."""

from __future__ import annotations

from functools import partial

import streamlit as st

from pages._ui.archive_actions import aim_row, selection_row
from pages._ui.archive_looks import Looks, looks_alone, looks_panel, moment_key
from pages._ui.archive_state import Desk
from pages._ui.archive_twin import twin
from pages._ui.axis_panel import map_labels, rename_axis
from pages._ui.context import explained
from pages._ui.item_compare import compare_tray
from pages._ui.item_filters import item_filters
from pages._ui.item_gallery import item_gallery
from pages._ui.item_panel import item_panel, open_item
from pages._ui.map_canvas import MapLooks, map_canvas, map_ear, moment, picked
from pages._ui.pictures import thumbs
from qdhf.studio import Studio
from qdhf.studio.map_sheet import Sheet
from qdhf.studio.mapping import Look
from qdhf.types import Study

TALL = 720


@st.fragment
def explore(studio: Studio, study: Study) -> None:
    """Everything about the map; what happens on it runs this part of the page alone.

    The item that is open is drawn first, wherever it stands: it is what somebody who clicked waits for."""
    with explained():
        alone = looks_alone()
        top = st.container()
        columns = st.columns([3, 2] if alone else 2, gap="medium")
        below, panel = (columns[0], columns[1]) if alone else (st.container(), st.container())
        with panel:
            opened(studio, study)
        with top:
            home = studio.mapping.sheet(study)
            looks = looks_panel(studio, study, home)
            passing = item_filters(studio, study)
            warned(studio, study, looks)
        if (looks.beside is None) != alone:
            st.rerun()  # the address said what nothing here is called
        atlas = Atlas(studio, study, looks, passing, home)
        with columns[0]:
            atlas.draw("map", looks.look, looks.title)
        if looks.beside is not None:
            with columns[1]:
                atlas.draw("beside", looks.beside, looks.beside_title)
        with below:
            atlas.below()


def warned(studio: Studio, study: Study, looks: Looks) -> None:
    """Where nobody has taught a map its axes, it says so; above both, so that they stay level."""
    shown = [look for look in (looks.look, looks.beside) if look is not None]
    if any(studio.mapping.sheet(study, look).fit.report.method == "pca" for look in shown):
        st.warning(
            "Unsupervised axes: this map follows the items' own variation until people have answered."
            if len(shown) == 1 else "Unsupervised axes: one of these maps follows the items' own variation.",
            icon=":material/info:",
        )  # fmt: skip


@st.fragment
def opened(studio: Studio, study: Study) -> None:
    """The item in the address, and those to compare it with. Picks on the map run this part alone."""
    key = f"archive-ear-{study.id}"

    def on_pick() -> None:
        if pick := picked(key):
            open_item(studio.mapping.items(studio.mapping.sheet(study), [pick["position"]])[0].id)

    with explained(), st.container(key="archive-panel"):
        wanted = st.query_params.get("item")
        map_ear(study.id, studio.mapping.sheet(study).position(wanted), key=key, on_pick=on_pick)
        if wanted:
            item_panel(studio, study, wanted)
        else:
            st.info("Click a picture on the map.", icon=":material/touch_app:")
        compare_tray(studio, study)


class Atlas:
    """Draws maps of one study. ``passing``: ids of the items that a filter lets through, None for all; ``home``: the
    study's own map."""

    def __init__(self, studio: Studio, study: Study, looks: Looks, passing: frozenset[str] | None, home: Sheet) -> None:
        self.studio, self.study, self.looks, self.passing = studio, study, looks, passing
        self.desk = Desk(f"{study.id}-{looks.cells}-{home.fit.version}")

    def draw(self, which: str, look: Look, title: str) -> None:
        studio, study, desk = self.studio, self.study, self.desk
        sheet = studio.mapping.sheet(study, look)
        follows = which == "map" and self.looks.follows
        key = f"archive-{which}-{desk.name}-{'then' if follows else look.version}-{look.group}"

        def on_moment() -> None:
            if (position := moment(key)) is not None:
                st.session_state[moment_key(study)] = position

        drawn = MapLooks(
            by=self.looks.by, colours=studio.mapping.colours(study, sheet, self.looks.by),
            passing=studio.mapping.passing(sheet, self.passing), pictures=thumbs(study.id),
            axis_names=map_labels(studio.learning.axis_names(study)) if look.group is None else ("Axis 1", "Axis 2"),
            strips=studio.mapping.strips(study, sheet), selected=sheet.position(st.query_params.get("item")),
            link=study.id, title=title, follows=follows, height=TALL,
            address="archive-" if which == "map" else f"archive-{which}-",
        )  # fmt: skip
        if self.looks.beside is not None:
            st.markdown(f"**{title}**")
        hear = partial(desk.hear, key)
        map_canvas(
            sheet, drawn, desk.heard, key=key, on_aim=hear, on_gather=hear, on_moment=on_moment,
        )  # fmt: skip

    def below(self) -> None:
        """What to do with what is selected, axis names, the map in words."""
        studio, study = self.studio, self.study
        sheet = studio.mapping.sheet(study, self.looks.look)
        selection_row(studio, study, sheet, self.desk)
        if studio.may(studio.running.illuminate):
            aim_row(studio, study, sheet, self.desk)
        with st.container(horizontal=True, vertical_alignment="center", key="archive-more"):
            names = studio.learning.axis_names(study)
            for axis in (0, 1):
                rename_axis(studio, study, axis, names.get(axis), "archive", f"Name axis {axis + 1}")
            table = st.toggle("Show as a table", key="archive-twin")
            pages = st.toggle("Show as a list", key="archive-list")
        if table:
            twin(studio, sheet)
        if pages:
            item_gallery(studio, study, self.passing)
