"""Illuminate: start runs, watch them, pause and continue."""

from __future__ import annotations

import streamlit as st

from pages._ui.context import chosen_study, explained, guard
from pages._ui.counting_panel import counting_panel
from pages._ui.gallery import pictures
from pages._ui.import_form import import_fields
from pages._ui.quality_panel import quality_panel
from pages._ui.run_controls import MOST, limit_controls, steering_controls
from pages._ui.search_panel import search_panel
from qdhf.studio.running import RunStatus
from qdhf.types import Study

STATES = {
    "queued": ":material/schedule: waiting for a worker", "running": ":material/autorenew: running",
    "paused": ":material/pause: paused", "done": ":material/check: done", "failed": ":material/error: failed",
    "interrupted": ":material/power_off: interrupted, goes on when a worker starts",
}  # fmt: skip
ENDS = {"images": "", "minutes": ", its minutes are over", "nothing new": ", nothing new came any more"}
KINDS = {"populate": "Fresh samples", "illuminate": "Illumination", "import": "Import"}

studio = guard()
study = chosen_study(studio)


def left(seconds: float | None) -> str:
    if seconds is None:
        return "estimating the time left"
    return f"{seconds:.0f} s left" if seconds < 90 else f"{seconds / 60:.0f} min left"


def asked(status: RunStatus) -> str:
    """What a run was asked for."""
    spec = status.run.spec
    if spec.kind == "import":
        return f"**Import**, {status.made} items"
    sizes = [f"{spec.budget} items"] if spec.budget < MOST or not spec.minutes else []
    return f"**{KINDS[spec.kind]}**, " + " or ".join(sizes + ([f"{spec.minutes:g} minutes"] if spec.minutes else []))


def show(status: RunStatus) -> None:
    """One run: state, progress, figures, what can be done with it."""
    run, spec = status.run, status.run.spec
    with st.container(border=True, key=f"run-{run.id}"):
        st.markdown(f"{asked(status)} · {STATES[status.state]}{ENDS[status.end] if status.end else ''}")
        text = f"{status.made} made" + (f", {status.failed} failed" if status.failed else "")
        if status.state == "running":
            text += ", loading models" if not status.iterations else f", {left(status.eta_s)}"
        if status.sharing > 1:
            text += f", taking turns with {status.sharing - 1} other" + ("s" if status.sharing > 2 else "")
        st.progress(1.0 if status.state == "done" else status.share, text=text)
        if status.iterations and spec.kind == "illuminate":
            last = status.iterations[-1]
            st.caption(f"coverage {last.coverage:.0%} · QD score {last.qd_score:.1f}")
            search_panel(status)
        off, copies = (sum(getattr(i, name) for i in status.iterations) for name in ("off", "copies"))
        if off or copies:
            st.caption(f"Kept, but not counted: {off} that did not fit their prompt, {copies} near copies.")
        messages = [i.message for i in status.iterations if i.message]
        if messages:
            with st.expander(f"{status.failed} could not be made or read"):
                st.text("\n".join(messages))
        if status.error:
            st.error(status.error)
        with st.container(horizontal=True):
            if status.live and st.button("Pause", key=f"pause-{run.id}", icon=":material/pause:"):
                studio.running.pause(run)
                st.rerun(scope="fragment")
            again = "Try again" if status.state == "failed" else "Continue"
            if status.state in ("paused", "failed") and st.button(
                again, key=f"resume-{run.id}", icon=":material/play_arrow:"
            ):
                studio.running.resume(run)
                st.rerun(scope="fragment")


@st.fragment(run_every=2)
def panel(study: Study) -> None:
    """The only part of the page that polls."""
    runs = studio.running.of_study(study)
    newest = studio.running.newest_items(study, 16)
    if newest:
        st.caption("Newest")
        pictures(newest, width=88)
    for status in runs:
        with explained():
            show(status)
    if not runs:
        st.caption("No runs yet.")


def generate_form(study: Study) -> None:
    first = studio.studies.item_count(study) == 0
    with st.form("illuminate-populate", border=True):
        st.markdown("**Fresh samples**: the start of a study, prompts taken in turn.")
        images = st.number_input("Images", 1, 100_000, 24, key="illuminate-images")
        if st.form_submit_button("Generate", type="primary" if first else "secondary", key="illuminate-generate"):
            with explained():
                studio.studies.populate(study, int(images))


def run_form(study: Study) -> None:
    targets = st.session_state.get(f"targets-{study.id}", [])
    with st.form("illuminate-run", border=True):
        st.markdown("**Illumination**: vary what is there, aimed at empty places of the map.")
        limits = limit_controls()
        sigma = st.slider(
            "Strength of variation", 0.05, 1.0, 0.4, 0.05, key="illuminate-sigma",
            help="Near 0: children look like their parents. 1: fresh samples.",
        )  # fmt: skip
        look = st.checkbox(
            "Look before drawing", value=True, key="illuminate-look",
            help="Eight ideas are looked at for each picture, and only the one that promises most is drawn.",
        )  # fmt: skip
        steering = steering_controls(study)
        if targets:
            st.caption(f"{len(targets)} cells picked on the map come first.")
        if st.form_submit_button("Start run", type="primary", key="illuminate-start"):
            with explained():
                studio.running.illuminate(
                    study, targets=targets, sigma=sigma, candidates=8 if look else 1, **limits, **steering
                )
                st.session_state.pop(f"targets-{study.id}", None)


def import_form(study: Study) -> None:
    with st.form("illuminate-import", border=True):
        st.markdown("**Your own pictures or texts**: a file, or a folder on the worker's machine.")
        given = import_fields("illuminate")
        if st.form_submit_button("Import", type="primary", key="illuminate-do-import"):
            with explained():
                studio.studies.import_pictures(study, folder=given.folder, upload=given.upload)


st.title("Illuminate")
st.caption(study.name)
forms, runs = st.columns([2, 3], gap="large")
with forms:
    if study.generator.name == "collection":
        import_form(study)
    else:
        if studio.studies.item_count(study) >= 3:
            run_form(study)
        generate_form(study)
    quality_panel(studio, study)
    counting_panel(studio, study)
with runs:
    panel(study)
