"""Examples of instructions in the making: taken from clear answers or put together, each shown or practised."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TypedDict

import streamlit as st

from pages._ui.pictures import alt, thumb
from pages._ui.triplets import triplet
from qdhf.studio import Studio
from qdhf.types import Guide, GuideExample, Item, Study, new_id
from qdhf.types.guides import MOST_EXAMPLES, MOST_PRACTICE, WHY_LIMIT

WAYS = ("From clear answers", "Choose the pictures")
ROLES = ("Shown as an example", "Asked as practice")
SHELF = 24  # pictures to choose from at a time
STYLE = """<style>
.shelf { display: grid; grid-template-columns: repeat(auto-fill, minmax(84px, 1fr)); gap: 8px; }
.shelf figure { margin: 0; }
.shelf img { width: 100%; aspect-ratio: 1; object-fit: contain; border-radius: 8px; display: block; }
.shelf blockquote { margin: 0; height: 6rem; overflow: hidden; font-size: 0.8rem; overflow-wrap: anywhere; }
.shelf figcaption { text-align: center; font-size: 0.875rem; }
</style>"""


class Drafted(TypedDict):
    """``id`` tells a draft's widgets apart."""

    id: str
    example: GuideExample
    practised: bool


def drafted(study: Study, guide: Guide) -> list[Drafted]:
    """The examples as they stand in this browser tab; at first those of ``guide``."""
    key = f"guide-draft-{study.id}-{guide.version}"
    if key not in st.session_state:
        both = ((guide.examples, False), (guide.practice, True))
        st.session_state[key] = [
            Drafted(id=new_id(), example=example, practised=practised)
            for group, practised in both for example in group
        ]  # fmt: skip
    found: list[Drafted] = st.session_state[key]
    return found


def edit_examples(studio: Studio, study: Study, draft: list[Drafted]) -> tuple[list[GuideExample], list[GuideExample]]:
    """Draw the examples with their reasons and what they are for, and ways to add some; returns (shown, practised)."""
    st.markdown("**Examples**")
    st.caption(
        f"Up to {MOST_EXAMPLES} are shown with the instructions. Up to {MOST_PRACTICE} are asked as practice before the first "
        "real question: afterwards each person is told what you expect, and why."
    )
    groups: tuple[list[GuideExample], list[GuideExample]] = ([], [])
    items = studio.guides.pictures(each["example"] for each in draft)
    texts = studio.guides.texts(items.values())
    columns = st.columns(1 if texts else 2)
    for number, each in enumerate(list(draft)):
        with columns[number % len(columns)].container(border=True, key=f"guide-example-{number}"):
            triplet(each["example"], items, texts)
            groups[_practised(each)].append(_explained(each))
            if st.button("Remove", icon=":material/delete:", key=f"guide-remove-{each['id']}"):
                draft.remove(each)
                st.rerun()
    _add(studio, study, draft)
    return groups


def _practised(each: Drafted) -> bool:
    role = st.segmented_control(
        "What it is for", ROLES, default=ROLES[each["practised"]], key=f"guide-role-{each['id']}",
        label_visibility="collapsed", required=True,
    )  # fmt: skip
    return role == ROLES[1]


def _explained(each: Drafted) -> GuideExample:
    example = each["example"]
    why = st.text_input(
        "Why", value=example.why, max_chars=WHY_LIMIT, key=f"guide-why-{each['id']}", placeholder="Both…"
    )
    return GuideExample(reference=example.reference, a=example.a, b=example.b, closer=example.closer, why=why)


def _add(studio: Studio, study: Study, draft: list[Drafted]) -> None:
    way = st.segmented_control("Add an example", WAYS, key="guide-add")
    if way == WAYS[0]:
        _add_clear(studio, study, draft)
    elif way == WAYS[1]:
        _add_chosen(studio, study, draft)


def _put(draft: list[Drafted], example: GuideExample) -> None:
    shown = sum(not each["practised"] for each in draft)
    draft.append(Drafted(id=new_id(), example=example, practised=shown >= MOST_EXAMPLES))
    st.rerun()


def _add_clear(studio: Studio, study: Study, draft: list[Drafted]) -> None:
    """Questions that everybody answered alike."""
    have = {(each["example"].reference, each["example"].a, each["example"].b) for each in draft}
    found = [
        one for one in studio.guides.agreed(study, 6 + len(draft))
        if (one.example.reference, one.example.a, one.example.b) not in have
    ][:6]  # fmt: skip
    if not found:
        st.info("No further question was answered by two people, all alike. Choose the pictures instead.")
        return
    items = studio.guides.pictures(one.example for one in found)
    texts = studio.guides.texts(items.values())
    columns = st.columns(1 if texts else 2)
    for number, one in enumerate(found):
        with columns[number % len(columns)].container(border=True):
            triplet(one.example, items, texts)
            st.caption(f"All {one.people} people who were asked chose this.")
            if st.button("Add this", key=f"guide-clear-{number}", icon=":material/add:"):
                _put(draft, one.example)


def _add_chosen(studio: Studio, study: Study, draft: list[Drafted]) -> None:
    """Three items by their numbers, from pages of pictures."""
    pages = max(1, -(-studio.studies.item_count(study) // SHELF))
    page = st.number_input("Page", 1, pages, key="guide-page", help=f"{SHELF} at a time, the oldest first.")
    items = studio.guides.shelf(study, int(page) - 1, SHELF)
    _shelf(items, studio.guides.texts(items))
    known: dict[str, Item] = st.session_state.setdefault(f"guide-known-{study.id}", {})
    known.update({item.id: item for item in items})
    columns, chosen = st.columns(3), []
    for column, name in zip(columns, ("Reference", "More like it", "Less like it"), strict=True):
        key = f"guide-pick-{name}"
        options = [item.id for item in items]
        options += [i for i in [st.session_state.get(key)] if i in known and i not in options]
        chosen.append(column.selectbox(
            name, options, index=None, key=key, format_func=lambda i: f"Number {known[i].position + 1}", placeholder="Number",
        ))  # fmt: skip
    reference, nearer, farther = chosen
    if st.button("Add this", key="guide-chosen", icon=":material/add:", disabled=not all(chosen)):
        if len(set(chosen)) < 3:
            st.error("An example needs three different ones.")
        else:
            _put(draft, studio.guides.example(reference, nearer, farther))


def _shelf(items: Sequence[Item], texts: dict[str, str]) -> None:
    shown = "".join(
        "<figure>"
        + (
            f"<blockquote>{escape(texts[i.id][:200])}</blockquote>" if i.id in texts
            else f'<img src="{escape(thumb(i, 128))}" alt="{escape(alt(i))}">'
        )
        + f"<figcaption>{i.position + 1}</figcaption></figure>"
        for i in items
    )  # fmt: skip
    st.html(f'{STYLE}<div class="shelf">{shown}</div>')
