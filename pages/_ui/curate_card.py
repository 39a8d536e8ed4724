"""A set's card in words, a chart and a table: how good, how different, how complex, and beside what was to be had for nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import altair as alt
import streamlit as st

if TYPE_CHECKING:
    from qdhf.studio.curating import Figures, SetCard

KERNELS = {"as people see it": "learned", "as the encoder sees it": "features"}
COMPLEXITY = {
    "bytes per pixel": "Bytes per pixel as a JPEG", "edge density": "Share of pixels on an edge",
    "characters": "Characters", "gzip ratio": "Size after compression",
}  # fmt: skip
ROWS: dict[str, Callable[[Figures], float | None]] = {
    "Quality, mean": lambda f: f.quality_mean,
    "Quality, lowest": lambda f: f.quality_min,
    "Quality, lowest tenth": lambda f: f.quantiles[0],
    "Quality, middle": lambda f: f.quantiles[1],
    "Quality, best tenth": lambda f: f.quantiles[2],
    "Different items, as people see it": lambda f: f.learned[1.0],
    "Different items, as the encoder sees it": lambda f: f.features[1.0],
    "Share of the map": lambda f: f.coverage,
    "Nearest two, in cells": lambda f: f.gap,
}


def set_cards(cards: Mapping[str, SetCard], key: str) -> None:
    """Draw one card, or several of sets of one study beside each other, by what they are called."""
    first = next(iter(cards.values()))
    for name, card in cards.items():
        if len(cards) > 1:
            st.markdown(f"**{name}**")
        st.markdown("\n".join(f"- {sentence}" for sentence in sentences(card)))
    for column, (words, kernel) in zip(st.columns(2), KERNELS.items(), strict=True):
        column.markdown(f"Different items, {words}")
        column.altair_chart(_curves(cards, kernel), width="stretch", height=260, key=f"{key}-{kernel}")
    st.caption(
        "How many different items a set is worth. To the left rare kinds count as much as common ones, to the right only "
        f"common ones do. The band is {len(first.random)} random sets of the same size."
    )
    st.dataframe(table(cards), hide_index=True, height="content", key=f"{key}-table")
    st.caption(note(first))


def sentences(card: SetCard) -> list[str]:
    """What the card comes to, for people who have never heard of any of its figures."""
    draws = len(card.random)
    found = []
    for word, none, figure, said in (
        ("More different than", "No more different than any of", lambda f: f.learned[1.0], _worth),
        ("Better than", "No better than any of", lambda f: f.quality_mean, _quality),
        ("Shows more of the map than", "Shows no more of the map than any of", lambda f: f.coverage, _share),
    ):
        mean = card.chance(figure)
        found.append(
            f"{ahead(card.ahead(figure), draws, word, none)}: {said(figure(card.chosen), mean[0] if mean else None)}."
        )
    return found


def ahead(n: int, of: int, word: str, none: str) -> str:
    """ "More different than 19 of 20 random sets"."""
    if not n:
        return f"{none} {of} random sets"
    return f"{word} {'all ' + str(of) if n == of else f'{n} of {of}'} random sets"


def _worth(own: float | None, mean: float | None) -> str:
    return f"worth {own or 0:.1f} different items, a random set {mean or 0:.1f}"


def _quality(own: float | None, mean: float | None) -> str:
    return f"mean quality {_number(own)}, a random set’s {_number(mean)}"


def _share(own: float | None, mean: float | None) -> str:
    return f"{100 * (own or 0):.0f} % of its cells, a random set {100 * (mean or 0):.0f} %"


def table(cards: Mapping[str, SetCard]) -> list[dict[str, str]]:
    """Rows of figures; of the first card also those of all items, of random sets, and how many of these it is ahead of."""
    first = next(iter(cards.values()))
    rows = [_row(label, figure, cards, first) for label, figure in ROWS.items()]
    for name in first.chosen.complexity:
        own = {title: _number(card.chosen.complexity.get(name)) for title, card in cards.items()}
        pool = _number(first.pool.complexity.get(name))
        rows.append({"": COMPLEXITY.get(name, name), **own, "All items": pool, "Random sets": "", "Ahead of": ""})
    return rows


def _row(
    label: str, figure: Callable[[Figures], float | None], cards: Mapping[str, SetCard], first: SetCard
) -> dict[str, str]:
    chance = first.chance(figure)
    return {
        "": label, **{name: _number(figure(card.chosen)) for name, card in cards.items()},
        "All items": _number(figure(first.pool)),
        "Random sets": f"{_number(chance[0])} ± {_number(chance[1])}" if chance else "",
        "Ahead of": f"{first.ahead(figure)} of {len(first.random)}" if chance else "",
    }  # fmt: skip


def note(card: SetCard) -> str:
    """What was measured on a part alone, as a sentence."""
    if max(card.chosen.items, card.pool.items) <= card.sample:
        return "Complexity is that of at most 60 items of each."
    return f"Difference is measured on {card.sample} evenly spaced items of larger sets, complexity on at most 60."


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _curves(cards: Mapping[str, SetCard], kernel: str) -> Any:
    """Effective numbers by order q: one line per set, and the band of random sets of the first."""
    first = next(iter(cards.values()))
    lines, bands = [], []
    for q in first.chosen.learned:
        order = {"order": "∞" if q == float("inf") else f"{q:g}"}
        lines += [{**order, "set": name, "worth": getattr(card.chosen, kernel)[q]} for name, card in cards.items()]
        mean, spread = first.chance(lambda f, q=q: getattr(f, kernel)[q]) or (0.0, 0.0)  # type: ignore[misc]
        bands.append({**order, "low": mean - 2 * spread, "high": mean + 2 * spread})
    x = alt.X("order:N", title="order q", sort=None, axis=alt.Axis(labelAngle=0))
    band = alt.Chart(alt.Data(values=bands)).mark_area(opacity=0.3, color="gray").encode(
        x=x, y=alt.Y("low:Q", title="different items"), y2="high:Q"
    )  # fmt: skip
    line = alt.Chart(alt.Data(values=lines)).mark_line(point=True).encode(
        x=x, y=alt.Y("worth:Q", title="different items"),
        color=alt.Color("set:N", title=None, sort=None, legend=alt.Legend(orient="bottom")),
        tooltip=["set:N", "order:N", alt.Tooltip("worth:Q", format=".1f")],
    )  # fmt: skip
    return alt.layer(band, line)
