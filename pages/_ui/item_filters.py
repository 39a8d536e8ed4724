"""Which items to look at: filters that stand in the address, so that a reload and a shared link show the same items."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import streamlit as st

from pages._ui.context import explained
from qdhf.studio import Studio
from qdhf.studio.filtering import Choices, Filter
from qdhf.types import Study

MOST = 200  # prompts to choose from; there are words for the rest
NOTHING: dict[str, Any] = {
    "words": "", "prompt": [], "source": [], "run": [], "judged": [], "tag": [], "starred": False, "noted": False,
    "quality": (0, 100), "days": (),
}  # fmt: skip
"""What each filter holds where it lets everything pass, by its name in the address."""


def item_filters(studio: Studio, study: Study) -> frozenset[str] | None:
    """Draw the filters; returns the ids of the items that pass, None where all do."""
    choices = studio.filtering.choices(study)
    raters = studio.filtering.raters(study) if studio.may(studio.filtering.raters) else {}
    with st.container(horizontal=True, vertical_alignment="center", key="item-filters"):
        with st.popover("Filter", icon=":material/filter_list:", key="item-filter-open"):
            wanted = controls(choices, raters)
        if wanted.empty:
            return None
        with explained():
            found: frozenset[str] = studio.filtering.ids(study, wanted)
            st.text(f"{len(found):,} of {choices.items:,} items pass")
            st.button("Clear", key="item-filter-clear", on_click=clear, icon=":material/filter_list_off:")
            return found
    return None


def clear() -> None:
    """Let everything pass; before the next run of the page."""
    for key, nothing in NOTHING.items():
        st.session_state[key] = nothing


def controls(choices: Choices, raters: Mapping[str, str]) -> Filter:
    """The filters themselves; ``raters``: names by id. Those that there is nothing to choose in are not shown."""
    words = st.text_input(
        "Words in the prompt or file name", key="words", bind="query-params", max_chars=200, type="search"
    )
    quality = st.slider(
        "Quality, from the worst (0) to the best (100)", 0, 100, (0, 100), 5, key="quality", bind="query-params",
        format="%d%%", help="25 to 100 leaves out the quarter of the items with the lowest quality.",
    )  # fmt: skip
    with st.container(horizontal=True):
        starred = st.toggle("Starred", key="starred", bind="query-params")
        noted = st.toggle("With a note", key="noted", bind="query-params")
    runs = {name: run for run, name in choices.runs.items()}
    people = {name: rater for rater, name in raters.items()}
    since, until = days(choices)
    return Filter(
        words=words or "", quality=(quality[0] / 100, quality[1] / 100), starred=starred, noted=noted,
        tags=several("Tag", list(choices.tags), "tag"),
        prompts=several("Prompt", list(choices.prompts)[:MOST], "prompt"),
        sources=several("Made by", list(choices.sources), "source", least=2),
        runs=tuple(runs[name] for name in several("Run or import", list(runs), "run", least=2)),
        raters=tuple(people[name] for name in several("Judged by", list(people), "judged")),
        since=since, until=until,
    )  # fmt: skip


def several(label: str, options: list[str], key: str, least: int = 1) -> tuple[str, ...]:
    """Any of ``options``; nothing is drawn where there are fewer than ``least``."""
    if len(options) < least:
        return ()
    return tuple(st.multiselect(label, options, key=key, bind="query-params", placeholder="any"))


def days(choices: Choices) -> tuple[date | None, date | None]:
    """The first and the last day of a span; one day alone means from then on."""
    if choices.days is None or choices.days[0] == choices.days[1]:
        return None, None
    first, last = choices.days
    span = st.date_input("Made between (UTC)", (), first, last, key="days", bind="query-params", format="YYYY-MM-DD")
    return (*span, None, None)[:2] if isinstance(span, tuple) else (span, None)
