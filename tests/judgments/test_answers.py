"""Answers of every kind as arrays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from qdhf.judgments.answers import chosen_pairs, implied, to_answers
from qdhf.judgments.triplets import asked
from qdhf.planted import answered
from qdhf.types import Answer, Judgment, NewQuestion, QuestionKind

IDS = tuple("abcdefgh")


def triplet(reference: str, a: str, b: str, closer: Answer = "a", rater: str = "r", grade: float = 1.0) -> Judgment:
    question = NewQuestion(reference=reference, a=a, b=b, left="a", strategy="informative")
    return replace(answered(question, closer, 0, rater=rater), grade=grade)


def screen(kind: QuestionKind, shown: str, picked: str, closer: Answer = "picked", rater: str = "r") -> Judgment:
    base = triplet(*shown[:3], rater=rater)
    return replace(base, kind=kind, shown=tuple(shown), picked=tuple(picked), closer=closer)


def test_naming_the_odd_one_chooses_the_pair_of_the_others() -> None:
    pairs, chosen = chosen_pairs(screen("odd", "abc", "b")) or ([], 0)
    assert chosen == 1
    assert set(pairs[0]) == {"a", "c"}
    assert {frozenset(p) for p in pairs[1:]} == {frozenset("ab"), frozenset("bc")}


def test_a_grid_chooses_pairs_with_the_reference() -> None:
    pairs, chosen = chosen_pairs(screen("grid", "abcde", "db")) or ([], 0)
    assert chosen == 2
    assert set(pairs[:2]) == {("a", "b"), ("a", "d")}
    assert set(pairs[2:]) == {("a", "c"), ("a", "e")}


def test_screens_that_chose_nothing_are_left_out() -> None:
    nothing = [
        screen("odd", "abc", "", "tie"),
        screen("odd", "abc", "", "skip"),
        screen("grid", "abcd", "bcd"),
        screen("grid", "abcd", "a"),
        screen("odd", "abc", "h"),
    ]
    assert [chosen_pairs(j) for j in nothing] == [None] * 5
    assert len(to_answers(IDS, nothing)) == 0


def test_kinds_are_kept_apart_and_raters_numbered_over_all() -> None:
    found = to_answers(
        IDS,
        [
            screen("grid", "abcde", "bd", rater="y"),
            triplet("a", "b", "c", rater="x"),
            screen("odd", "abc", "b", rater="y"),
            screen("grid", "hgfed", "gf", rater="z"),
            triplet("a", "b", "zz"),
        ],
    )
    assert found.raters == ("y", "x", "z", "r")
    assert found.triplets.rater.tolist() == [1]
    assert [(c.pairs.shape, c.chosen, c.rater.tolist()) for c in found.choices] == [
        ((1, 3, 2), 1, [0]),
        ((2, 4, 2), 2, [0, 2]),
    ]
    assert len(found) == 4


def test_a_bit_closer_is_three_quarters_of_an_answer() -> None:
    judgments = [triplet("a", "b", "c", closer, grade=g) for closer in ("a", "b", "tie") for g in (1.0, 0.5)]
    assert to_answers(IDS, judgments).triplets.target.tolist() == [1.0, 0.75, 0.0, 0.25, 0.5, 0.5]


def test_implied_triplets_are_those_that_the_choice_settles() -> None:
    found = implied(to_answers(IDS, [screen("odd", "abc", "b"), screen("grid", "abcd", "c")]))
    assert sorted(map(tuple, found.items.tolist())) == sorted([(0, 2, 1), (2, 0, 1), (0, 2, 1), (0, 2, 3)])
    assert np.all(found.target == 1)


def test_what_was_asked_does_not_depend_on_its_arrangement() -> None:
    assert asked(screen("odd", "abc", "b")) == asked(screen("odd", "cab", "a"))
    assert asked(screen("grid", "abcd", "b")) == asked(screen("grid", "adcb", "d"))
    assert asked(screen("grid", "abc", "b")) == asked(triplet("a", "c", "b"))
    assert asked(screen("odd", "abc", "b")) != asked(triplet("a", "b", "c"))
