"""What language models have in common: how texts are asked for, and how they end."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass

from qdhf.errors import InvalidInput, QdhfError
from qdhf.generators.latents import checked_seed
from qdhf.ports import Made
from qdhf.types import Genome

MOST_TOKENS, HOTTEST = 4096, 5.0
SENTENCE = re.compile(r"[.!?…]['\"”’)]*(?=\s|$)|\n")
KEPT = 0.4  # of a text that was broken off, at least so much is kept when it is cut at the end of a sentence


@dataclass(frozen=True)
class Wording:
    """How texts are drawn where a genome does not say. ``temperature``: 0 always takes the likeliest word; ``tokens``: new
    ones at most, about ¾ of a word each."""

    temperature: float = 0.9
    tokens: int = 60

    def resolved(self, genome: Genome) -> Genome:
        """``genome`` with everything filled in. Raises InvalidInput for what cannot be."""
        temperature = self.temperature if genome.temperature is None else genome.temperature
        tokens = self.tokens if genome.tokens is None else genome.tokens
        checked_seed(genome.seed)
        if not 0 <= temperature <= HOTTEST:
            raise InvalidInput(f"The temperature must lie between 0 and {HOTTEST:g}; got {temperature!r}.")
        if not 1 <= tokens <= MOST_TOKENS:
            raise InvalidInput(f"The length must lie between 1 and {MOST_TOKENS:,} tokens; got {tokens!r}.")
        if not genome.prompt.strip():
            raise InvalidInput("A text needs a prompt that asks for it; this one is empty.")
        return dataclasses.replace(genome, temperature=float(temperature), tokens=int(tokens))


def finished(text: str, *, whole: bool) -> str:
    """``text`` without surrounding space. One that was broken off (not ``whole``) is cut after its last sentence or line,
    where one ends late enough; else it gets an ellipsis."""
    text = text.strip()
    if whole or not text:
        return text
    ends = [match.end() for match in SENTENCE.finditer(text) if match.end() >= KEPT * len(text)]
    return text[: ends[-1]].rstrip() if ends else f"{text}…"


def made(genome: Genome, text: str, key: str) -> Made:
    """The finished item. Raises QdhfError for no text."""
    if not text:
        raise QdhfError(f"{key} wrote nothing for this prompt. Ask for more tokens, or in other words.")
    return Made(genome=genome, data=text.encode(), media_type="text/plain", text=text)
