"""How an item was made, in words, and making it again to see whether the same comes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from html import escape

import streamlit as st

from pages._ui.gallery import absolute
from pages._ui.item_actions import tried
from pages._ui.item_view import named, view
from pages._ui.pictures import address
from qdhf.studio import Studio
from qdhf.studio.remaking import RemakeStatus
from qdhf.studio.searching import WAYS
from qdhf.types import Genome, Item, Remade

POLL_S = 2
SHOWN = 3  # remakes told
STYLE = """<style>
.item-values { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 0; margin: 0; font-size: 0.9rem; }
.item-values dt, .item-values dd { margin: 0; padding: 5px 8px 5px 0; border-bottom: 1px solid rgba(128, 128, 128, 0.3); }
.item-values dd { overflow-wrap: anywhere; white-space: pre-wrap; }
</style>"""
WAITING = {
    "queued": "Waiting for the worker to make it again …", "running": "Being made again …",
    "paused": "It was to be made again, but the queue does not know of it.",
    "interrupted": "It was being made again when the worker stopped; it goes on when a worker starts.",
}  # fmt: skip


def about(studio: Studio, item: Item) -> None:
    """The genome as rows, and what came of making the item again."""
    st.html(STYLE + values(rows(item)))
    if item.genome is None:
        return
    found = studio.remaking.of_item(item)
    if any(status.live for status in found):
        _watched(studio, item)
    else:
        _told(studio, found)
    if studio.may(studio.remaking.request) and not any(status.live for status in found):
        st.button(
            "Make it again", key=f"item-remake-{item.id}", icon=":material/replay:", on_click=tried,
            args=(studio.remaking.request, item), help="The worker makes it again from these values and compares the two.",
        )  # fmt: skip


@st.fragment(run_every=POLL_S)
def _watched(studio: Studio, item: Item) -> None:
    """Looks again every other moment, until there is something to tell."""
    found = studio.remaking.of_item(item)
    _told(studio, found)
    if not any(status.live for status in found):
        st.rerun()


def _told(studio: Studio, found: Sequence[RemakeStatus]) -> None:
    for status in found[:SHOWN]:
        if status.remake.result is not None:
            text, icon = result_words(status.remake.result, status.same_device, status.item.device)
            st.markdown(f":material/{icon}: **Made again {status.remake.created_at:%d %b %Y %H:%M} UTC: {text[0]}**")
            st.text(text[1])
            if not status.remake.result.same_content:
                _beside(studio, status.item, status.remake.result)
        elif status.state == "failed":
            st.error(f"Making it again failed: {status.error}", icon=":material/error:")
        else:
            st.caption(WAITING.get(status.state, status.state))


def _beside(studio: Studio, item: Item, result: Remade) -> None:
    """What was kept and what was made again."""
    again = replace(item, blob=result.blob)
    if item.kind == "text":
        for name, one in (("Before", item), ("Again", again)):
            st.caption(name)
            view(studio, one, width=0)
        return
    sources = [absolute(address(one.blob)) for one in (item, again)]
    st.image(
        sources,
        width=120,
        caption=["before", "again"],
        alt=[f"{named(item)} {when}" for when in ("before", "made again")],
    )


def result_words(result: Remade, same_device: bool | None, first: str) -> tuple[tuple[str, str], str]:
    """What came of it: the finding and its circumstances, and the name of an icon."""
    circumstances = {
        True: f"Both times on {result.device}.",
        False: f"First on {first}, now on {result.device}: other devices may differ in single bits.",
        None: f"Now on {result.device}; where it was first made is not on record.",
    }[same_device]
    if result.companions > 1:
        circumstances += f" Made together with the {result.companions - 1} that it was first made with."
    if result.same_bytes:
        return ("identical, byte for byte", circumstances), "check_circle"
    if result.same_content:
        return ("the same picture in a file that is written differently", circumstances), "check_circle"
    return (_apart(result), circumstances), "difference"


def _apart(result: Remade) -> str:
    if result.largest is None or result.mean is None:
        return "a picture of another size"
    if result.largest < 1:  # a text: shares of letters
        return f"{result.mean:.1%} of the letters differ"
    return f"differs by at most {result.largest:.0f} of 255 grey levels, {result.mean:.2g} on average"


def values(told: Sequence[tuple[str, str]]) -> str:
    """Names and values as HTML; whatever they hold stays text."""
    parts = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in told)
    return f'<dl class="item-values">{parts}</dl>'


def rows(item: Item) -> list[tuple[str, str]]:
    """Names and values; what an item does not have is left out."""
    made = _genome(item.genome) if item.genome else [("File name", item.name)]
    ends = [
        ("Made by", item.source), ("Made on", item.device or "not on record"),
        ("Made at", f"{item.created_at:%d %b %Y %H:%M} UTC"), ("File", f"SHA-256 {item.blob[:16]}…"),
    ]  # fmt: skip
    return [(name, value) for name, value in (*made, *ends) if value]


def _genome(made: Genome) -> list[tuple[str, str]]:
    steps = [f"strength {step.sigma:g}, seed {step.seed}" for step in made.path]
    size = f"{made.width} × {made.height} pixels" if made.width and made.height else ""
    return [
        ("Prompt", made.prompt), ("Negative prompt", made.negative_prompt), ("Way", WAYS.get(made.emitter, made.emitter)),
        ("Noise", f"kept array {made.latents[:16]}…" if made.latents else f"seed {made.seed}"),
        ("Changes to it", "; then ".join(steps)), ("Steering", _steering(made)),
        ("Steps", _number(made.steps)), ("Guidance", _number(made.guidance)), ("Size", size),
        ("Temperature", _number(made.temperature)), ("Longest", f"{made.tokens} tokens" if made.tokens else ""),
    ]  # fmt: skip


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _steering(made: Genome) -> str:
    if made.steering is None:
        return ""
    toward, apart, avoid = made.steering.toward, made.steering.apart, made.steering.avoid
    parts = []
    if toward:
        parts.append(f"towards the place {', '.join(f'{x:.2f}' for x in toward.target)} (strength {toward.strength:g})")
    if apart:
        parts.append(f"apart from those drawn with it (strength {apart.strength:g})")
    if avoid:
        parts.append(f"away from “{avoid.text}”")
    return "; ".join(parts)
