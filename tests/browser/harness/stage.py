"""The stage: ``?show=label`` or ``?show=map``, with a room of its own and settings from the address."""

from __future__ import annotations

import time
from collections.abc import Mapping

import numpy as np
import streamlit as st

from pages._ui.archive_state import Desk
from pages._ui.label_card import CardQuestion, LabelEvents, PastAnswer, Side, label_card, reported
from pages._ui.map_canvas import MapLooks, map_canvas, moment, picked
from qdhf.studio.map_colours import Colours
from qdhf.studio.map_sheet import Sheet, packed
from tests.browser.harness.planted_map import planted_sheet
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
    columns, rows = (int(side) for side in options.get("dims", "8x6").split("x"))
    shown = {
        "dims": (columns, rows), "share": float(options.get("share", "0.6")), "even": int(options.get("even", "0")),
    }  # fmt: skip
    for version in range(1, 1 + int(options.get("maps", "1"))):
        one_map(f"map-{name}-{version}", name, record, planted_sheet(**shown, version=version))  # type: ignore[arg-type]


def every(step: int, items: int) -> str:
    """Bits of a filter that lets every ``step``-th item through."""
    return packed(np.packbits(np.arange(items) % step == 0, bitorder="little"), "|u1")


def one_map(key: str, name: str, record: Record, sheet: Sheet) -> None:
    options = st.query_params
    desk = Desk(f"{name}-{sheet.fit.version}")
    if options.get_all("target") and not desk.targets["cells"]:
        desk.aim([int(cell) for cell in options.get_all("target")])

    def on_pick() -> None:
        if pick := picked(key):
            record.picks.append(dict(pick))
            st.session_state["selected"] = pick["position"]

    def heard() -> None:
        desk.hear(key)
        record.targets, record.gathered = dict(desk.targets), dict(desk.selection)

    by = options.get("by", "quality")
    kinds = Colours(by=by, values=sheet.cells % 3 - 1, names=("ones", "twos")) if by == "source" else None
    looks = MapLooks(
        by=by, colours=kinds, axis_names=("bare ↔ leafy", "calm ↔ stormy"), selected=st.session_state.get("selected"),
        passing=every(int(options["passing"]), len(sheet)) if "passing" in options else None,
        pictures="" if "plain" in options else f"/thumb/{name}/", strips=((0, 1, 2), (3, 4)), link=name,
        address=f"stage-{sheet.fit.version}-", height=560, follows="follows" in options,
    )  # fmt: skip

    def on_moment() -> None:
        record.moments.append(moment(key))

    map_canvas(
        sheet, looks, desk.heard, key=key, on_pick=on_pick, on_aim=heard, on_gather=heard, on_moment=on_moment,
    )  # fmt: skip
    st.text(f"picked {record.picks[-1] if record.picks else None}")
    if st.button("Let go", key=f"let-go-{key}"):
        desk.let_go()
        desk.aim([])
        st.rerun()


main()
