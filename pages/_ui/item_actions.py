"""What to do with an item: star, pin, ban, compare, make more like it; tags and a note."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from pages._ui.item_compare import add, compared, remove
from qdhf.errors import QdhfError
from qdhf.studio import Studio
from qdhf.studio.noting import Said
from qdhf.types import Item, Mark, Study
from qdhf.types.remarks import NOTE_LIMIT

FAILED = "item-failed"


def tried(act: Callable[..., Any], *arguments: Any) -> None:
    """Do something before the page is drawn; what a person should know of a failure is shown by :func:`actions`."""
    try:
        act(*arguments)
    except QdhfError as error:
        st.session_state[FAILED] = str(error)


def actions(studio: Studio, study: Study, item: Item) -> None:
    """The row of buttons, each for those who may."""
    if failed := st.session_state.pop(FAILED, None):
        st.error(failed, icon=":material/error:")
    with st.container(horizontal=True, vertical_alignment="center", key="item-actions"):
        if studio.may(studio.noting.star):
            starred = studio.noting.of_item(study, item.id).starred
            st.button(
                "Starred" if starred else "Star", key=f"item-star-{item.id}",
                icon=":material/star:" if starred else ":material/star_border:",
                on_click=tried, args=(studio.noting.star, study, item, not starred),
            )  # fmt: skip
        if studio.may(studio.curating.mark):
            mark = studio.curating.marks(study).get(item.id)
            _mark(studio, study, item, "pin", "Unpin" if mark == "pin" else "Pin", None if mark == "pin" else "pin")
            _mark(studio, study, item, "block", "Allow" if mark == "ban" else "Ban", None if mark == "ban" else "ban")
        chosen = item.id in compared()
        st.button(
            "Don't compare" if chosen else "Compare", key=f"item-compare-{item.id}", icon=":material/compare:",
            on_click=remove if chosen else add, args=(item.id,), help="Put it beside up to three others.",
        )  # fmt: skip
        if item.genome is not None and studio.may(studio.running.illuminate):
            _more(studio, study, item)


def _more(studio: Studio, study: Study, item: Item) -> None:
    """A run of variations of this item."""
    with st.popover("More like this", icon=":material/auto_awesome_motion:"):
        st.number_input("How many", 1, 200, 8, key=f"item-more-{item.id}")
        st.slider(
            "How different", 0.05, 1.0, 0.3, 0.05, key=f"item-sigma-{item.id}",
            help="Small: nearly the same. 1: as different as a new one of the same prompt.",
        )  # fmt: skip
        st.button(
            "Make them", type="primary", key=f"item-make-{item.id}", on_click=tried, args=(_start, studio, study, item)
        )


def _start(studio: Studio, study: Study, item: Item) -> None:
    """As many as the panel says at the moment of the click."""
    number, sigma = int(st.session_state[f"item-more-{item.id}"]), st.session_state[f"item-sigma-{item.id}"]
    run = studio.running.illuminate(study, number, near=item.id, sigma=sigma, batch=min(number, 8))
    st.toast(f"Run of {run.spec.budget} queued; watch it under Illuminate")


def _mark(studio: Studio, study: Study, item: Item, icon: str, label: str, mark: Mark | None) -> None:
    st.button(
        label, key=f"item-{icon}-{item.id}", icon=f":material/{'push_pin' if icon == 'pin' else icon}:",
        on_click=tried, args=(studio.curating.mark, study, item, mark),
    )  # fmt: skip


def said(studio: Studio, study: Study, item: Item) -> None:
    """Tags and the note: to change for those who may, else to read."""
    now = studio.noting.of_item(study, item.id)
    if not studio.may(studio.noting.tag):
        if now.tags:
            st.text("Tags: " + ", ".join(now.tags))
        if now.note:
            st.text(f"{now.note}\n({now.note_by})")
        return
    _tags(studio, study, item, now)
    _note(studio, study, item, now)


def _tags(studio: Studio, study: Study, item: Item, now: Said) -> None:
    key = f"item-tags-{item.id}-{'|'.join(now.tags)}"  # a new one where tags changed elsewhere

    def changed() -> None:
        wanted = st.session_state[key]
        for tag in [tag for tag in wanted if tag not in now.tags]:
            tried(studio.noting.tag, study, [item.id], tag)
        for tag in [tag for tag in now.tags if tag not in wanted]:
            tried(studio.noting.untag, study, [item.id], tag)

    known = list(dict.fromkeys((*now.tags, *studio.noting.tags(study))))
    st.multiselect(
        "Tags", known, list(now.tags), key=key, accept_new_options=True, on_change=changed,
        placeholder="Choose one or write a new one",
    )  # fmt: skip


def _note(studio: Studio, study: Study, item: Item, now: Said) -> None:
    key = f"item-note-{item.id}"

    def changed() -> None:
        tried(studio.noting.note, study, item, st.session_state[key])

    st.text_area(
        "Note", now.note, key=key, max_chars=NOTE_LIMIT, height=68, on_change=changed, placeholder="Anything to remember",
        help=f"Last written by {now.note_by}." if now.note else None,
    )  # fmt: skip
