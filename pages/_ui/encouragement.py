"""What a rater is told beside the card, in sentences."""

from __future__ import annotations

from pages._ui.label_card import Feedback, Line
from qdhf.studio.encouraging import Encouragement
from qdhf.studio.working import EVERY

TARGET = 100  # answers after which a rater's progress bar is full


def feedback(told: Encouragement) -> Feedback:
    lines = [Line(text=text, kind="advice") for text in _advice(told)]
    if told.pace is not None:
        lines.append(Line(text=f"{told.pace:.0f} answers a minute.", kind="plain"))
    if told.consistency is not None:
        same = round(told.consistency.value * told.consistency.n)
        lines.append(
            Line(text=f"You answered {same} of {told.consistency.n} repeated questions as before.", kind="plain")
        )
    return Feedback(lines=lines, points=told.points, caption=_caption(told))


def _advice(told: Encouragement) -> list[str]:
    said = []
    if told.rest:
        said.append(f"You have been at it for {told.sitting:.0f} minutes. A short rest keeps answers good.")
    elif told.slower:
        said.append("Answers take you longer than before. A short rest may help.")
    if told.steady:
        said.append(
            "The map is steady: more answers about these pictures change little. Fill the map, then label what is new."
        )
    return said


def _caption(told: Encouragement) -> str:
    if not told.points:
        return "A small map of the pictures appears here after the first dozen answers."
    if not told.moved:
        return f"The map after the latest answers. It follows every {EVERY}th."
    moved = "1 picture" if told.moved == 1 else f"{told.moved} pictures"
    return f"The latest answers moved {moved} to another place on the map."
