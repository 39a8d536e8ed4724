"""The stage: ``?show=label`` or ``?show=map``, with a room of its own and settings from the address."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping

import streamlit as st

from pages._ui.label_card import CardQuestion, LabelEvents, PastAnswer, Side, label_card, reported
from pages._ui.map_canvas import MapCells, map_canvas, picked
from tests.browser.harness.record import Record, room

QUEUE = 12
CANDIDATES = {"triplet": 2, "odd": 3, "grid": 8, "better": 2}
PASSAGE = "A lighthouse keeper writes letters to the sea and, once a year, the sea writes back. "


def main() -> None:
    st.set_page_config(layout="wide", page_title="Stage")
    with st.sidebar:
        st.text_input("Note", key="note")
        st.button("Elsewhere", key="elsewhere")
    name = st.query_params.get("room", "hall")
    if "switch" in st.query_params:
        name = st.sidebar.radio("Room", [name, f"{name}-next"])
    record = room(name)
    record.runs += 1
    if st.query_params.get("show") == "map":
        show_map(name, record)
    else:
        show_label(name, record)


@st.fragment
def show_label(name: str, record: Record) -> None:
    options = st.query_params
    time.sleep(float(options.get("lag", "0")))
    key = f"card-{name}"

    def keep(events: LabelEvents) -> None:
        if "deaf" in options:
            return
        record.received += len(events)
        for event in events:
            record.answers.setdefault(event["event_id"], dict(event))

    keep(reported(key))
    kind = "text" if "texts" in options else "image"
    total = int(options.get("total", "40"))
    standing = record.standing()
    waiting = [n for n in range(total) if question_id(n) not in standing]
    recorded = [e for e in record.answers.values() if e["event_id"] in record.standing_events()]
    record.draws += 1
    if record.draws <= int(options.get("late", "0")):
        waiting = []
    done = sum(choice != "skip" for choice in standing.values())
    label_card(
        key=key,
        queue=[question(name, n, options) for n in waiting[:QUEUE]] * (2 if "twice" in options else 1),
        acknowledged=set(record.answers),
        done=done,
        target=total,
        readonly="readonly" in options,
        kind=kind,
        graded="graded" in options,
        past=[
            PastAnswer(
                question=question(name, int(e["question_id"][1:]), options),
                event_id=e["event_id"],
                choice=e["choice"],
                picked=e["picked"],
            )
            for e in recorded[-3:]
        ],
        on_events=keep,
    )


def question_id(number: int) -> str:
    return f"q{number:03d}"


def question(name: str, number: int, options: Mapping[str, str]) -> CardQuestion:
    def side(place: str) -> Side:
        picture = f"{question_id(number)}-{place}"
        if options.get(place) and number == int(options.get("at", "0")):
            picture = f"{options[place]}-{picture}"
        if "texts" in options:
            return Side(alt=picture, text=f"{picture}. <b>{PASSAGE}</b>" * (1 + number % 3 * 9))
        return Side(alt=f"Flower {picture}", url=f"/img/{name}/{picture}")

    asked = options.get("kind", "triplet")
    places = ("left", "right") if asked == "triplet" else [f"c{place + 1}" for place in range(CANDIDATES[asked])]
    made = CardQuestion(id=question_id(number), kind=asked, candidates=[side(place) for place in places])
    if asked in ("triplet", "grid"):
        made["reference"] = side("reference")
    if asked == "grid":
        made["pick"] = 2
    if "aspects" in options:
        made["aspect"] = ("colour", "layout")[number % 2]
    return made


def show_map(name: str, record: Record) -> None:
    options = st.query_params
    nx, ny = (int(side) for side in options.get("dims", "8x6").split("x"))
    key = f"map-{name}"
    if pick := picked(key):
        record.picks.append(dict(pick))
        st.session_state["selected"] = pick["cell"]
    rng = random.Random(1)
    share = float(options.get("share", "0.6"))
    index = [cell for cell in range(nx * ny) if rng.random() < share]
    thumbs = [f"/img/{name}/m{cell}" for cell in index]
    map_canvas(
        key=key,
        dims=(nx, ny),
        cells=MapCells(
            index=index,
            quality=[rng.random() for _ in index],
            count=[rng.randint(1, 30) for _ in index],
            item=[f"item-{cell}" for cell in index],
            thumb=thumbs if "plain" not in options else [None] * len(index),
        ),
        targets=[int(cell) for cell in options.get_all("target")],
        selected=st.session_state.get("selected"),
        color_by="count" if "count" in options else "quality",
        axis_names=("bare ↔ leafy", "calm ↔ stormy"),
    )
    st.text(f"picked {pick}")


main()
