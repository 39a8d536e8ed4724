"""One item beside the map: what it is, how it was made, what it came from and what is near it.

Which item is open stands in the address (``?item=``), so that a reload and a shared link show it again.
"""

from __future__ import annotations

import streamlit as st

from pages._ui.context import explained
from pages._ui.gallery import absolute, pictures
from pages._ui.pictures import address
from qdhf.studio import Studio
from qdhf.studio.browsing import Detail
from qdhf.types import Item, Study


def open_item(item_id: str) -> None:
    """Show this item from the next run of the page on."""
    st.query_params["item"] = item_id


def item_panel(studio: Studio, study: Study, item_id: str) -> None:
    """Draw everything about an item; a sentence where it has no place yet or does not exist."""
    with explained():
        detail = studio.browsing.detail(study, item_id)
        head(detail, study)
        marks(studio, study, detail.item)
        with st.expander("Genome"):
            genome(detail.item)
        strip("Parents", detail.parents, "parents")
        strip("Children", detail.children, "children")
        strip("Nearest on the map", detail.neighbours, "neighbours")


def head(detail: Detail, study: Study) -> None:
    rows = study.map.dims[1]
    pictures([detail.item], width=256, full=True)
    st.markdown(
        f"**Picture {detail.item.position + 1}** · quality {detail.quality:.3f}"
        f" · cell {detail.cell // rows + 1}, {detail.cell % rows + 1}"
    )


def marks(studio: Studio, study: Study, item: Item) -> None:
    """Pin and ban, and the way to the file itself."""
    mark = studio.curating.marks(study).get(item.id)
    marking = studio.may(studio.curating.mark)
    with st.container(horizontal=True):
        if marking and st.button("Unpin" if mark == "pin" else "Pin", key="archive-pin", icon=":material/push_pin:"):
            studio.curating.mark(study, item, None if mark == "pin" else "pin")
            st.rerun()
        if marking and st.button("Allow" if mark == "ban" else "Ban", key="archive-ban", icon=":material/block:"):
            studio.curating.mark(study, item, None if mark == "ban" else "ban")
            st.rerun()
        st.link_button("Full size", absolute(address(item.blob)), icon=":material/open_in_full:")


def genome(item: Item) -> None:
    made = item.genome
    if made is None:
        st.caption(f"Imported: {item.name}")
        return
    st.text(made.prompt[:500])
    rows = {
        "seed": str(made.seed), "steps": made.steps, "guidance": made.guidance, "size": f"{made.width} × {made.height}",
        "variations": " → ".join(f"σ {v.sigma:g} from seed {v.seed}" for v in made.path) or "none",
        "stored latents": (made.latents or "none")[:16], "made by": made.emitter, "model": item.source,
    }  # fmt: skip
    st.dataframe([{"genome": k, "value": str(v)} for k, v in rows.items()], hide_index=True)


def strip(title: str, items: list[Item], key: str) -> None:
    """A row of related items; each opens when its button is pressed."""
    if not items:
        return
    st.caption(title)
    with st.container(horizontal=True, key=key):
        for item in items[:8]:
            with st.container(width=76):
                pictures([item], width=72)
                if st.button("Open", key=f"{key}-{item.id}", type="tertiary"):
                    open_item(item.id)
                    st.rerun()
