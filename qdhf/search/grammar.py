"""Prompts with slots: which words of a study's prompts may stand for each other.

A slot is written out, "a {red|blue} {apple|house}", or found where prompts share their other words: of "a red apple", "a
blue apple" and "a red house" the words red and blue, apple and house may stand for each other, so "a blue house" may be
drawn, too. That a search should change one slot at a time, so that it can be seen what a word does, is the advice of Wong
et al. on evolving prompts for design.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

SLOT = re.compile(r"\{([^{}]*\|[^{}]*)\}")  # braces without a bar are text like any other
MOST_WORDS = 40  # longer prompts are not searched for shared words

Phrase = tuple[str, ...]  # words


@dataclass(frozen=True)
class Template:
    """A prompt with slots. ``parts``: the options of each part in turn; a fixed text is a part with one option."""

    parts: tuple[tuple[str, ...], ...]

    @staticmethod
    def read(text: str) -> Template:
        """The template that ``text`` is; without slots, the one prompt."""
        pieces = SLOT.split(text)  # text, slot, text, … , text
        options = [
            tuple(dict.fromkeys(o.strip() for o in piece.split("|"))) if i % 2 else (piece,)
            for i, piece in enumerate(pieces)
        ]
        return Template(tuple(options))

    def draw(self, rng: np.random.Generator) -> str:
        """One of its prompts, each slot filled by an even draw. Draws nothing where there is no slot."""
        return "".join(o[0] if len(o) == 1 else o[int(rng.integers(len(o)))] for o in self.parts)

    def changes(self, prompt: str) -> tuple[str, ...]:
        """Its prompts that differ from ``prompt`` in one slot; () where it does not stand for ``prompt``."""
        pattern = "".join(f"({'|'.join(map(re.escape, options))})" for options in self.parts)
        if (found := re.fullmatch(pattern, prompt, re.DOTALL)) is None:
            return ()
        filled = found.groups()
        return tuple(
            "".join((*filled[:i], option, *filled[i + 1 :]))
            for i, options in enumerate(self.parts)
            for option in options
            if option != filled[i]
        )


class Grammar:
    """What a study's prompts stand for, and which prompts lie one change away from another."""

    def __init__(self, prompts: Sequence[str]) -> None:
        self.templates = tuple(Template.read(p) for p in prompts) or (Template.read(""),)
        plain = [t.parts[0][0] for t in self.templates if len(t.parts) == 1]
        self._whole = tuple(plain) if len(plain) > 1 else ()
        self._alike = _interchangeable([tuple(p.split()) for p in plain])

    def draw(self, index: int, rng: np.random.Generator) -> str:
        """A prompt of the ``index``-th template, counted round."""
        return self.templates[index % len(self.templates)].draw(rng)

    def changes(self, prompt: str) -> tuple[str, ...]:
        """Prompts that differ from ``prompt`` in one slot: a written one, or words that may stand for each other.

        Where there are none but the study has several prompts without slots, the whole prompt counts as the slot.
        """
        found = [c for t in self.templates if len(t.parts) > 1 for c in t.changes(prompt)]
        found += _swapped(tuple(prompt.split()), self._alike)
        found = found or list(self._whole)
        return tuple(dict.fromkeys(c for c in found if c != prompt))

    def __bool__(self) -> bool:
        """Whether any prompt can be changed."""
        return bool(self._whole) or any(len(t.parts) > 1 for t in self.templates)


def _spans(words: Phrase) -> Iterator[tuple[Phrase, Phrase, Phrase]]:
    """(words before, a run of words, words after), with at least one word around the run."""
    if len(words) <= MOST_WORDS:
        for i in range(len(words)):
            for j in range(i + 1, len(words) + (i > 0)):
                yield words[:i], words[i:j], words[j:]


def _interchangeable(prompts: Sequence[Phrase]) -> dict[Phrase, tuple[Phrase, ...]]:
    """By phrase, those that stand where it stands in two of ``prompts``: all other words the same. Left out are pairs that
    begin or end with a common word, for a shorter pair says the same, and pairs that are several changes in one."""
    around: dict[tuple[Phrase, Phrase], dict[Phrase, None]] = defaultdict(dict)
    for words in dict.fromkeys(prompts):
        for before, run, after in _spans(words):
            around[before, after][run] = None
    alike: dict[Phrase, dict[Phrase, None]] = defaultdict(dict)
    for runs in around.values():
        for one in runs:
            alike[one] |= {other: None for other in runs if other[0] != one[0] and other[-1] != one[-1]}
    several = {one: {other for other in others if _several(one, other, alike)} for one, others in alike.items()}
    kept = {one: tuple(o for o in others if o not in several[one]) for one, others in alike.items()}
    return {phrase: others for phrase, others in kept.items() if others}


def _several(one: Phrase, other: Phrase, alike: dict[Phrase, dict[Phrase, None]]) -> bool:
    """Whether changing word by word leads from one phrase to the other."""
    single = ((b,) in alike.get((a,), {}) or a == b for a, b in zip(one, other, strict=False))
    return len(one) == len(other) > 1 and all(single)


def _swapped(words: Phrase, alike: dict[Phrase, tuple[Phrase, ...]]) -> list[str]:
    """``words`` with one phrase replaced by one that may stand for it, each as a prompt."""
    return [" ".join((*before, *other, *after)) for before, run, after in _spans(words) for other in alike.get(run, ())]
