"""What can be asked of a run, apart from its size: controls inside the form that starts one."""

from __future__ import annotations

from typing import Any

import streamlit as st

from qdhf.studio.wishes import WITH_GRADIENT
from qdhf.types import Study

MOST = 1_000_000  # pictures of a run that only minutes end
PATIENCE = 20  # batches
STRENGTH = 0.1  # of pulls: more roughens textures and brings nothing (benchmarks/RESULTS.md)


def limit_controls() -> dict[str, Any]:
    """When a run shall end, as fields of its spec."""
    pictures, time = st.columns(2)
    budget = pictures.number_input("Images, at most", 1, MOST, value=None, placeholder="60", key="illuminate-budget")
    minutes = time.number_input(
        "Minutes, at most", 1, 100_000, value=None, placeholder="any", key="illuminate-minutes",
        help="Of work: rests do not count. The batch in which they are over is finished. Leave the images empty to go by the "
        "minutes alone.",
    )  # fmt: skip
    give_up = st.checkbox(
        f"End when {PATIENCE} batches in a row bring nothing new", value=True, key="illuminate-patience",
        help="Nothing new: no picture that is the first in its place on the map, none that is better than what was there.",
    )  # fmt: skip
    if budget is None and minutes is None:
        budget = 60
    return {
        "budget": MOST if budget is None else int(budget),
        **({"minutes": float(minutes)} if minutes else {}),
        **({"patience": PATIENCE} if give_up else {}),
    }


def steering_controls(study: Study) -> dict[str, Any]:
    """What acts on pictures while they are drawn, as fields of a run's spec; none where nothing is switched on."""
    if study.generator.name != "diffusion":
        return {}
    mapped = study.encoder.partition(":")[0] in WITH_GRADIENT
    with st.expander("Advanced: act on pictures while they are drawn"):
        pull = st.checkbox(
            "Pull each picture towards its place on the map", key="illuminate-pull", disabled=not mapped,
            help="Pictures land much nearer to the picked or empty cell that they are meant for. They take twice as long and "
            "fit their words a little less.",
        )  # fmt: skip
        spread = st.checkbox(
            "Keep the pictures of a batch apart", key="illuminate-spread", disabled=not mapped,
            help="Pictures that are drawn together push each other away on the map. They take twice as long.",
        )  # fmt: skip
        if not mapped:
            st.caption("These two need a study that sees with EfficientNet-Lite0 or CLIP.")
        avoid = st.text_input(
            "Stay away from", key="illuminate-avoid", placeholder="text, frames, blur",
            help="From the middle of the drawing on, pictures are led away from these words. It takes no longer.",
        )  # fmt: skip
    return {
        **({"pull": STRENGTH} if pull else {}),
        **({"spread": STRENGTH} if spread else {}),
        **({"avoid": avoid.strip()} if avoid.strip() else {}),
    }
