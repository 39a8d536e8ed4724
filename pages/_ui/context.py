"""What every page starts with: who looks, what they may use, the chosen study, errors meant for people."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import streamlit as st

from pages._ui import sign_in
from pages._ui.invitations import invitation_of
from pages._ui.rooms import ROOMS, may_open
from qdhf.errors import NotFound, QdhfError
from qdhf.studio import Studio
from qdhf.studio.access import LOCAL
from qdhf.types import Person, Rater, Study
from storage import open_store


@lru_cache(maxsize=1)
def open_studio() -> Studio:
    """One studio per process, which asks nobody who they are: for the frame and the pictures' route. Pages use
    :func:`guard`. The store's pools and the item matrices are shared by all sessions."""
    return Studio(open_store())


def visitor() -> Person:
    """Whoever looks at this page, asked anew at each call.

    With ``?invite=`` in the address: the holder of that invitation, whoever else they may be; ``invite_id`` and
    ``study_id`` are set and the role is "rater". Else, where people sign in, whoever signed in, ``subject`` being their
    verified e-mail address. Else the local admin (``person.local``), of whom nothing is known.

    Raises :class:`pages._ui.sign_in.NotSignedIn` for an anonymous visitor where people sign in, NotAllowed with a plain
    sentence for an invitation that opens nothing (altered, unknown, expired, withdrawn) and for somebody without a role.
    """
    access = open_studio().access
    link = st.query_params.get("invite")
    if link is not None:
        return access.invited(invitation_of(link))
    if not sign_in.required():
        return LOCAL
    return access.signed_in(*sign_in.verified_subject())


def guard() -> Studio:
    """Call first on every page: the studio as the visitor may use it.

    Stops the page for whoever may not open it. The page is the calling file itself, so that it makes no difference how it
    came to run: Streamlit could run a page file without the frame; without the frame there is no page."""
    if not st.session_state.get("framed"):
        st.error("Open this page from the app's start address.")
        st.stop()
    page = Path(str(sys._getframe(1).f_globals.get("__file__", ""))).stem
    try:
        person = visitor()
    except QdhfError as error:
        st.error(str(error), icon=":material/lock:")
        st.stop()
    if not may_open(person, page):
        st.error("Your role does not open this page. Ask an admin for it.", icon=":material/lock:")
        st.stop()
    return open_studio().seen_by(person)


def own_rater(studio: Studio, study: Study) -> Rater | None:
    """The rater that the visitor must answer as: the invited one, or the one who signed in; made at first use.

    None where nobody signs in and there is no invitation: then the page asks for a name, and
    ``studio.labelling.rater(study, name)`` finds that rater. Raises NotAllowed where the role does not allow to answer."""
    person = visitor()
    return None if person.local else studio.access.own_rater(study, person)


def chosen_study(studio: Studio) -> Study:
    """The study in the address (``?study=``), or the session's; the one that an invitation is for, whatever the address
    says. Stops the page with a way on where there is none."""
    invited = visitor().study_id
    wanted = invited or st.query_params.get("study") or st.session_state.get("study")
    if wanted:
        try:
            study = studio.studies.get(wanted)
        except NotFound:
            st.session_state.pop("study", None)
            st.query_params.pop("study", None)
            st.error("The study in this address does not exist here. Choose one under Studies.")
            st.stop()
        choose(study)
        return study
    st.info("Choose a study first, or make one.", icon=":material/arrow_back:")
    st.page_link("../studies.py", label="Go to Studies", icon=":material/folder_open:")
    st.stop()


def choose(study: Study) -> None:
    """Remember the study for the session and keep it in the address, so that a reload and a shared link find it."""
    st.session_state["study"] = study.id
    if st.query_params.get("study") != study.id:
        st.query_params["study"] = study.id


def way_to(name: str, label: str) -> None:
    """A link to the page of this name, for those who may open it; others see nothing."""
    if may_open(visitor(), name):
        st.page_link(f"../{name}.py", label=label, icon=f":material/{ROOMS[name].icon}:")


@contextmanager
def explained() -> Iterator[None]:
    """Show an error meant for people instead of a stack trace; anything else stays loud."""
    try:
        yield
    except QdhfError as error:
        st.error(str(error), icon=":material/error:")


def whole(text: str) -> int | None:
    """The whole number of at most nine digits that ``text`` is; None for whatever else an address may hold."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else None
