"""The frame around every page: config, the door, navigation, the worker's sign of life."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from pages._ui.context import open_studio, visitor
from pages._ui.rooms import ROOMS, SECTIONS, Room, may_open
from pages._ui.sign_in import NotSignedIn, providers, sign_in_screen, sign_out_button
from qdhf.errors import QdhfError
from qdhf.types import Person


def page_of(room: Room, person: Person) -> st.Page:
    """A page of the navigation; the first that a person may open is the one at the start address."""
    first = next(name for name in ROOMS if may_open(person, name))
    return st.Page(
        f"../{room.name}.py", title=room.title, icon=f":material/{room.icon}:", url_path=room.name,
        default=room.name == first,
    )  # fmt: skip


def inside(person: Person) -> None:
    """The pages that this person may open."""
    sections = {
        title: [page_of(room, person) for room in rooms if may_open(person, room.name)]
        for title, rooms in SECTIONS.items()
    }
    page = st.navigation(
        {title: pages for title, pages in sections.items() if pages},
        position="sidebar" if person.invite_id is None else "hidden",
    )
    if person.invite_id is None:
        side_bar(person)
    page.run()


def side_bar(person: Person) -> None:
    with st.sidebar:
        if person.subject is not None:
            st.text(f"{person.subject} · {person.role}")
            sign_out_button()
        if not open_studio().running.worker_alive():
            st.warning("No worker is running: nothing is generated or exported. Start one with `make worker`.")


def outside(draw: Callable[[], None]) -> None:
    """The same screen at every page's address, and no way to any page."""
    pages = [st.Page(draw, title="QDHF Studio", url_path=name, default=name == next(iter(ROOMS))) for name in ROOMS]
    st.navigation(pages, position="hidden").run()


def refused(error: QdhfError) -> Callable[[], None]:
    """A screen that says why there is no way in."""

    def screen() -> None:
        st.title("QDHF Studio")
        st.error(str(error), icon=":material/lock:")
        if providers() is not None and st.user.get("is_logged_in"):
            sign_out_button()

    return screen


st.set_page_config(page_title="QDHF Studio", page_icon=str(Path(__file__).parent / "icon.png"), layout="wide")
st.session_state["framed"] = True
st.html("""<style>
  .stMainBlockContainer { padding-top: 4.2rem; }
  /* Streamlit writes white on the primary colour, also where that is light */
  [data-testid^="stBaseButton-primary"]:enabled { color: light-dark(#fff, #111318); }
</style>""")
try:
    person = visitor()
except NotSignedIn:
    outside(sign_in_screen)
except QdhfError as error:
    outside(refused(error))
else:
    inside(person)
