"""What a descriptor's figures mean, in sentences for people who have never heard of one."""

from __future__ import annotations

import math
import re

from qdhf.studio.advice import Health, Plan
from qdhf.types import Accuracy, Fit, FitReport

ENOUGH = 10  # unseen answers before a share means anything
CLOSE = 0.05  # to what raters repeat themselves


def percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def between(accuracy: Accuracy) -> str:
    return f"{100 * accuracy.low:.0f}–{100 * accuracy.high:.0f} %"


def answers(n: int) -> str:
    return "1 answer" if n == 1 else f"{n} answers"


def plain(text: str) -> str:
    """``text`` of a user's, so that Markdown shows it as it is."""
    return re.sub(r"([\\\\`*_{}\[\]()<>#+.!|$~:-])", r"\\\1", text)


def headline(report: FitReport) -> str:
    """How sure the axes are, in one sentence."""
    held = report.held_out
    if report.method == "pca":
        if report.n_train + report.n_held_out == 0:
            return "Nobody has been asked yet. For now the axes show where the items vary most."
        return "Too few answers to learn from yet. For now the axes show where the items vary most."
    if held is None or held.n < ENOUGH:
        return (
            "The axes follow your answers. How well is not known yet: that takes about "
            f"{ENOUGH} of the surprise questions that nothing is learned from."
        )
    if held.low <= 0.5:
        return f"Not better than a coin for certain: the axes predict {percent(held.value)} of answers they never saw."
    return f"These axes predict {percent(held.value)} of answers they never saw ({between(held)})."


def comparison(report: FitReport) -> str:
    """The headline's figure beside what is possible and beside what no answer was needed for; may be empty."""
    held, base, own = report.held_out, report.baseline, report.consistency
    if report.method == "pca" or held is None or held.n < ENOUGH:
        return ""
    said = []
    if base is not None:
        gain = held.value - base.value
        if gain > 0.005:
            said.append(f"Without your answers it would be {percent(base.value)}.")
        else:
            said.append(f"That is no more than without your answers ({percent(base.value)}); more of them will tell.")
    if own is not None and own.n >= ENOUGH:
        left = own.value - held.value
        rest = "so there is little left to learn" if left <= CLOSE else "so there is more to learn"
        said.append(f"Asked the same again, people agree with themselves {percent(own.value)} of the time, {rest}.")
    return " ".join(said)


def place(report: FitReport, health: Health) -> str:
    """How exactly an item's place is known, and how many more answers would change the map; may be empty."""
    if report.spread is None:
        return ""
    cells = f"{report.spread:.1f} cells" if round(report.spread, 1) != 1 else "1 cell"
    known = f"An item's place on the map is known to about {cells}"
    if health.settle is None:
        return f"{known}: more answers would hardly change the map."
    return f"{known}; about {health.settle} more answers would make that 1."


def over_fitted(report: FitReport, health: Health) -> str:
    if health.over_fitted is None or report.train is None or report.held_out is None:
        return ""
    return (
        f"The axes may be over-fitted: they get {percent(report.train.value)} of the answers they learned from right, but "
        f"only {percent(report.held_out.value)} of those they never saw, little more than without any answers. "
        f"About {health.over_fitted} more answers would mend it."
    )


def crowded(health: Health) -> str:
    if health.crowded is None:
        return ""
    return (
        f"The newest items crowd together: five cells hold {percent(health.crowded)} of them. The search may be following "
        "an axis further than your answers reach: answer some questions about the newest items."
    )


def calibration(report: FitReport) -> str:
    """Whether the program's own certainty can be taken at its word."""
    off, n = report.calibration, report.n_held_out
    if off is None:
        return "How honest the program's certainty is will be known after 20 surprise questions."
    by_chance = 0.4 * math.sqrt(min(10, max(1, n // 10)) / n)  # what an honest one misses by with so few answers
    if off <= 0.05:
        return f"When the program says it is 80 % sure, it is right about 80 % of the time (off by {percent(off)})."
    if off <= by_chance:
        return f"As far as {answers(n)} can tell, the program is right as often as it says it is."
    return f"Take the program's own certainty as a rough guide: it is off by about {percent(off)}."


def retention(report: FitReport) -> str:
    """What became of earlier answers."""
    new, old = report.retention, report.retention_before
    if new is None or old is None or new.n < ENOUGH:
        return ""
    lost = old.value - new.value
    if lost > 0.05:
        return (
            f"Of the answers that the version before learned from, this one gets {percent(new.value)} right; that one got "
            f"{percent(old.value)}. People may have changed their mind on the way, or different people answered."
        )
    if lost < -0.05:
        return (
            f"It even gets more of the earlier answers right: {percent(new.value)}; the version before got "
            f"{percent(old.value)}."
        )
    return (
        f"It keeps what it knew: {percent(new.value)} of the earlier answers still hold ({percent(old.value)} before)."
    )


def moved(fit: Fit) -> str:
    """How far items moved since the version before."""
    distance = fit.report.moved
    if distance is None:
        return ""
    kept = f"; {percent(fit.report.kept)} of the map before is kept in this one" if fit.report.kept else ""
    return f"Since the version before, items moved by {distance:.1f} cells on average{kept}."


def forecast(plan: Plan) -> str:
    """What more answers are worth."""
    if not plan.gains:
        return "The answers so far do not tell yet how fast accuracy grows."
    parts = [f"{_points(gain)} with {more} more" for more, gain in plan.gains.items()]
    if max(plan.gains.values()) < 0.01:
        return "More answers would hardly make the axes better at predicting: the items may not show what people see."
    return f"Predicted gain in accuracy: {', '.join(parts)}."


def _points(gain: float) -> str:
    figure = f"{100 * gain:.0f}" if gain >= 0.0095 else f"{100 * gain:.1f}"
    return f"+{figure} {'point' if figure == '1' else 'points'}"


def spending(plan: Plan) -> str:
    """Where the next answers should go, as a request; empty with one group. Small shares are said together."""
    wanted = sorted((g for g in plan.groups if g.answers), key=lambda g: -g.answers)
    if not wanted:
        return ""
    total, shares = sum(g.answers for g in wanted), [g.answers for g in plan.groups]
    if max(shares) - min(shares) <= 1:
        return f"Ask {total} more, about everything alike."
    large = [g for g in wanted if g.answers >= 0.1 * total]
    parts = [f"{g.answers} about “{plain(g.name)}”" for g in large]
    if rest := total - sum(g.answers for g in large):
        parts.append(f"{rest} about the others")
    return f"Ask {total} more: {', '.join(parts)}."


def axes(found: int, used: int) -> str:
    """How many axes answers speak for, beside how many the map has."""
    counted = "one axis" if found == 1 else f"{found} axes"
    if found == used:
        return f"The answers speak for {counted}: as many as the map has."
    if found < used:
        return (
            f"The answers speak for {counted} so far; the map's other direction may mean little. More answers may tell."
        )
    return f"The answers speak for {counted}, more than the {used} of the map: it shows the {used} that matter most."
