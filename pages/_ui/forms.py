"""The form that makes a study."""

from __future__ import annotations

import streamlit as st

from pages._ui.import_form import import_fields
from qdhf.studio import Studio
from qdhf.studio.catalogue import Known, Use, known
from qdhf.types import GeneratorSpec, Study

SOURCES = {
    "shipped": "The shipped model (offline, small clip-art pictures)",
    "diffusers": "A diffusers model: hub id or folder",
    "own": "My own pictures or texts (folder or zip)",
    "texts": "The shipped language model (offline, short simple texts)",
    "transformers": "A language model: hub id or folder",
    "endpoint": "A language model on a server (OpenAI's interface)",
}
WRITERS = ("texts", "transformers", "endpoint")
PLACEHOLDERS = {
    True: "Write a two-line poem about {the sea|a city} in a {sad|funny} tone.",
    False: "cat face\nlion, 3d style, on a {blue|yellow} background",
}


def _generator(source: str) -> GeneratorSpec:
    if source == "own":
        return GeneratorSpec(name="collection")
    if source == "shipped":
        return GeneratorSpec()
    if source in WRITERS:
        return _writer(source)
    model, entry = _model("pictures", "stabilityai/sd-turbo, or /models/my-pipeline")
    steps, guidance, size = st.columns(3)
    own = f"-{model}" if entry else ""  # each known model begins with its own figures
    chosen_steps = steps.number_input(
        "Denoising steps",
        1,
        200,
        value=entry.steps if entry else None,
        placeholder="model's default",
        key=f"new-steps{own}",
    )
    chosen_guidance = guidance.number_input(
        "Guidance", 0.0, 30.0, value=entry.guidance if entry else None, placeholder="model's default", key=f"new-guidance{own}",
        help="Low: varied. High: faithful to the prompt.",
    )  # fmt: skip
    side = size.number_input(
        "Size in pixels",
        64,
        2048,
        value=entry.size if entry else None,
        step=64,
        placeholder="model's default",
        key="new-size",
    )
    return GeneratorSpec(
        model=model, steps=int(chosen_steps) if chosen_steps else None, guidance=chosen_guidance,
        width=int(side) if side else None, height=int(side) if side else None,
    )  # fmt: skip


def _model(use: Use, placeholder: str) -> tuple[str, Known | None]:
    """A model of the catalogue with what is known of it, or any other by name."""
    entries = {entry.model: entry for entry in known(use) if entry.model != "embedded"}
    chosen = st.selectbox(
        "Model", [*entries, ""], key="new-known", format_func=lambda m: entries[m].name if m else "Another one",
    )  # fmt: skip
    if not chosen:
        return st.text_input("Hub id or folder", placeholder=placeholder, key="new-model"), None
    entry = entries[chosen]
    need = "is on this machine" if entry.here else f"{entry.download:g} GB are downloaded at first use"
    st.caption(f"{entry.note}. Licence: {entry.licence}. Needs {entry.memory:g} GB of memory; {need}.")
    return chosen, entry


def _writer(source: str) -> GeneratorSpec:
    model, url = "embedded", ""
    if source == "transformers":
        model, _ = _model("texts", "HuggingFaceTB/SmolLM2-1.7B-Instruct, or /models/mine")
    if source == "endpoint":
        url = st.text_input("Address of the server", placeholder="http://localhost:11434/v1", key="new-url")
        model = st.text_input("Name of the model there", placeholder="llama3.2", key="new-model")
        st.caption(
            "A key, where the server wants one, goes into QDHF_ENDPOINT_KEYS for the worker, as host=key. It is never stored."
        )
    warmth, length = st.columns(2)
    temperature = warmth.slider(
        "Temperature", 0.0, 2.0, 0.9, 0.1, key="new-temperature", help="Low: predictable. High: varied, then confused."
    )
    tokens = length.number_input(
        "Longest text in tokens", 5, 1000, 60, key="new-tokens", help="About ¾ of a word each."
    )
    name = "endpoint" if source == "endpoint" else "language"
    return GeneratorSpec(name=name, model=model, url=url, temperature=temperature, tokens=int(tokens))


def _encoder() -> str:
    kind = st.selectbox(
        "What the program sees", ["EfficientNet-Lite0 (offline)", "A CLIP-family model"], key="new-encoder"
    )
    if str(kind).startswith("Eff"):
        return "efficientnet-lite0"
    model = st.text_input("CLIP model", value="openai/clip-vit-base-patch32", key="new-clip")
    return f"clip:{model}"


def new_study_form(studio: Studio) -> Study | None:
    """Draw the form; the study once it has been made. Raises QdhfError for what cannot work."""
    name = st.text_input("Name", key="new-name", max_chars=120)
    source = st.radio("Pictures or texts come from", list(SOURCES), format_func=SOURCES.__getitem__, key="new-source")
    generator, given, prompts = _generator(source), None, ""
    if source == "own":
        given = import_fields("new")
    else:
        prompts = st.text_area(
            "Prompts, one per line", key="new-prompts", placeholder=PLACEHOLDERS[source in WRITERS],
            help="{a|b} in a prompt stands for either: the search tries both.",
        )  # fmt: skip
    brief = st.text_area("What is it for? (optional)", key="new-brief", height=80)
    encoder: str | None = None
    side = 10
    if source == "own" and st.toggle("They are texts, not pictures", key="new-own-texts"):
        encoder = "minilm"
    if st.toggle("More settings", key="new-more"):
        encoder = encoder if encoder or source in WRITERS else _encoder()
        side = int(st.slider("Cells along each axis of the map", 4, 50, 10, key="new-cells"))
    if not st.button("Make study", type="primary", key="new-make"):
        return None
    wishes = {"prompts": prompts.splitlines(), "brief": brief, "encoder": encoder, "dims": (side, side)}
    if given:
        return studio.studies.create_own(name, folder=given.folder, upload=given.upload, **wishes)[0]
    return studio.studies.create(name, generator=generator, **wishes)
