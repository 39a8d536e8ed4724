"""Slots in prompts, written out or found."""

from __future__ import annotations

import numpy as np
import pytest

from qdhf.search.grammar import MOST_WORDS, Grammar, Template
from qdhf.studio.studies import DEMO

SLOTS = "a {red|blue} {apple|house|cat}, oil"


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_a_template_stands_for_every_filling_of_its_slots() -> None:
    template = Template.read(SLOTS)
    drawn = {template.draw(np.random.default_rng(n)) for n in range(200)}
    assert drawn == {f"a {c} {t}, oil" for c in ("red", "blue") for t in ("apple", "house", "cat")}


def test_a_change_touches_exactly_one_slot() -> None:
    assert Template.read(SLOTS).changes("a red cat, oil") == ("a blue cat, oil", "a red apple, oil", "a red house, oil")


def test_what_a_template_does_not_stand_for_it_does_not_change() -> None:
    assert Template.read(SLOTS).changes("a green cat, oil") == ()


@pytest.mark.parametrize("text", ["a cat", "a {cat}", "{}", "a | b", "{a|b", "", "(.*)|[x]"])
def test_text_without_a_slot_stays_as_it_is(text: str) -> None:
    assert Template.read(text).draw(rng()) == text
    assert Template.read(text).changes(text) == ()


def test_signs_in_options_are_taken_as_they_are() -> None:
    assert Template.read("{a.c|(x)}+").changes("a.c+") == ("(x)+",)
    assert Template.read("{a.c|(x)}+").changes("abc+") == ()


def test_words_that_stand_in_one_place_may_stand_for_each_other() -> None:
    grammar = Grammar(["a red apple", "a blue apple", "a red house"])
    assert set(grammar.changes("a red apple")) == {"a blue apple", "a red house"}
    assert set(grammar.changes("a blue apple")) == {"a red apple", "a blue house"}  # one that was not given
    assert set(grammar.changes("a blue house")) == {"a red house", "a blue apple"}


def test_phrases_of_several_words_may_stand_for_one() -> None:
    assert Grammar(["a very old cat", "a small cat"]).changes("a small cat") == ("a very old cat",)


def test_the_demo_prompts_have_a_slot_before_face() -> None:
    grammar = Grammar(DEMO["prompts"])  # type: ignore[arg-type]
    assert set(grammar.changes("cat face")) == {"grinning face", "pig face", "dog face", "nauseated face"}


def test_prompts_that_share_no_word_are_one_slot() -> None:
    grammar = Grammar(["cat", "dog", "a house"])
    assert grammar.changes("dog") == ("cat", "a house")
    assert grammar


def test_one_plain_prompt_cannot_be_changed() -> None:
    assert not Grammar(["a cat"])
    assert Grammar(["a cat"]).changes("a cat") == ()
    assert Grammar([]).draw(3, rng()) == ""


def test_templates_and_plain_prompts_live_side_by_side() -> None:
    grammar = Grammar(["a {red|blue} cat", "a red dog"])
    assert grammar.changes("a red cat") == ("a blue cat",)
    assert [grammar.draw(i, rng()) for i in (1, 3)] == ["a red dog"] * 2
    assert grammar.draw(2, rng()) in {"a red cat", "a blue cat"}


def test_very_long_prompts_are_one_slot() -> None:
    long = " ".join(["word"] * MOST_WORDS)
    grammar = Grammar([f"{long} a", f"{long} b"])
    assert grammar.changes(f"{long} a") == (f"{long} b",)
