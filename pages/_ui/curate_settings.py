"""How to choose: the way, how many, what is left out. All of it stands in the address, so that a link shows the same set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from pages._ui.context import way_to, whole
from qdhf.studio import Studio
from qdhf.studio.curating import Way
from qdhf.types import Item, Study

MOST, AT_FIRST = 1000, 12
COPIES: dict[str, float | None] = {
    "Exact copies": None, "Nearly the same": 0.999, "Very alike": 0.99, "Alike": 0.95, "Somewhat alike": 0.9,
}  # fmt: skip
NOBODY = "Nothing"
ASIDE = "aside"  # positions of items swapped out, in the address


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """``settings`` go to ``studio.curating.choose``; ``beside``: another way to compare with, by name, or None;
    ``passing``: how many items there are to choose from."""

    way: str
    k: int
    settings: dict[str, Any]
    beside: str | None
    passing: int


def curate_settings(studio: Studio, study: Study, only: frozenset[str] | None) -> Wanted | None:
    """Draw the controls; None, with the reason on the page, where the way cannot be used yet."""
    if not studio.curating.passing(study, floor=0.0, copies=None):
        st.info("Choosing needs at least three items. Generate or import some first.", icon=":material/image:")
        way_to("illuminate", "Generate pictures")
        return None
    ways = studio.curating.ways(study)
    way = _way(ways)
    with st.container(key="curate-numbers"):
        numbers = st.container()
        floor = st.slider("Leave out the lowest quality", 0, 90, 25, 5, format="%d%%", key="floor", bind="query-params")
        copies = st.select_slider(
            "Never two that are", list(COPIES), "Nearly the same", key="copies", bind="query-params",
            help="Of items that the encoder sees as copies the best one stays. Pins always stay.",
        )  # fmt: skip
        beside = _beside(ways, way)
        seed = _seed() if way == "balanced" else 0
    dial = _dials(studio, study) if way == "direction" else {}
    passing = studio.curating.passing(study, floor=floor / 100, copies=COPIES[copies], only=only)
    with numbers:
        k = _many(studio, study, passing)
    settings = {"floor": floor / 100, "copies": COPIES[copies], "seed": seed, "dial": dial, "only": only}
    if ways[way].missing:
        st.info(f"{ways[way].missing} Choose another way until then.", icon=":material/groups:")
        return None
    if way == "direction" and not any(dial.values()):
        st.info("Move at least one dial away from the middle to say what you are after.", icon=":material/tune:")
        return None
    return Wanted(way=way, k=k, settings=settings, beside=beside, passing=passing)


def _many(studio: Studio, study: Study, passing: int) -> int:
    """How many to choose; at first as many as there are, up to ``AT_FIRST``."""
    first = st.session_state.setdefault(f"curate-first-{study.id}", max(1, min(AT_FIRST, passing)))
    most = max(2, min(MOST, studio.studies.item_count(study)))
    k: int = st.slider("How many", 1, most, min(first, most), key="many", bind="query-params")
    return k


def shortage(wanted: Wanted) -> None:
    """A way on where fewer items pass than are asked for."""
    if 0 < wanted.passing < wanted.k:

        def fewer() -> None:
            st.session_state["many"] = wanted.passing

        st.button(f"Choose {wanted.passing} instead", key="curate-fewer", on_click=fewer)


def _way(ways: dict[str, Way]) -> str:
    names = {way.title: name for name, way in ways.items()}
    title = st.radio(
        "How to choose", list(names), captions=[way.purpose for way in ways.values()],
        key="way", bind="query-params",
    )  # fmt: skip
    return names[title]


def _beside(ways: dict[str, Way], way: str) -> str | None:
    """Another way to compare with; those that cannot be used by themselves are left out."""
    names = {w.title: name for name, w in ways.items() if not w.missing and name not in (way, "direction")}
    chosen = st.selectbox("Compare with", [NOBODY, *names], key="beside", bind="query-params")
    return names.get(chosen)


def _seed() -> int:
    seed: int = st.number_input(
        "Draw", 0, 9999, 0, key="draw", bind="query-params",
        help="This way draws by chance inside each kind. Another number draws others; the same number the same ones.",
    )  # fmt: skip
    return seed


def _dials(studio: Studio, study: Study) -> dict[str, float]:
    """One dial per objective, by name, from −1 to 1."""
    found: dict[str, float] = {}
    st.caption("In the middle a dial does not matter. The further you turn it, the more it counts beside the others.")
    with st.container(key="curate-dials"):
        for name, (title, low, high) in studio.curating.dials(study).items():
            found[name] = st.slider(
                f"{title}: {low} ↔ {high}", -1.0, 1.0, 1.0 if name == "measured" else 0.0, 0.1,
                key=f"dial-{name.replace(' ', '-')}", bind="query-params",
            )  # fmt: skip
    return found


def swapped_out(studio: Studio, study: Study) -> tuple[str, ...]:
    """Ids of the items that were swapped out, in order; what the address names that is not there is passed over."""
    positions = (whole(word) for word in st.query_params.get(ASIDE, "").split("."))
    return studio.curating.at(study, [position for position in positions if position is not None])


def swap_out(item: Item) -> None:
    """Never show this item in the set again, until :func:`swap_back`."""
    before = st.query_params.get(ASIDE)
    st.query_params[ASIDE] = f"{before}.{item.position}" if before else str(item.position)


def swap_back() -> None:
    """Forget all swaps."""
    st.query_params.pop(ASIDE, None)
