"""Answers as arrays, and which of them may train."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from qdhf.judgments.triplets import asked, chosen, split, to_triplets
from qdhf.planted import answered
from qdhf.types import Answer, Judgment, NewQuestion, Strategy

IDS = ("p", "q", "r", "s")


def judgment(
    reference: str, a: str, b: str, closer: Answer = "a", *, strategy: Strategy = "informative", rater: str = "ann"
) -> Judgment:
    question = NewQuestion(reference=reference, a=a, b=b, left="a", strategy=strategy)
    return answered(question, closer, 0, rater=rater)


def test_rows_are_reference_a_b_and_targets_the_chance_of_a() -> None:
    found = to_triplets(
        IDS, [judgment("r", "p", "q"), judgment("p", "q", "s", "b", rater="bob"), judgment("s", "p", "r", "tie")]
    )
    assert found.items.tolist() == [[2, 0, 1], [0, 1, 3], [3, 0, 2]]
    assert found.target.tolist() == [1.0, 0.0, 0.5]
    assert found.rater.tolist() == [0, 1, 0]


def test_skips_unknown_items_and_doubled_items_are_left_out() -> None:
    given = [judgment("r", "p", "q", "skip"), judgment("r", "p", "gone"), judgment("r", "r", "q")]
    found = to_triplets(IDS, given)
    assert found.items.shape == (0, 3)
    assert (found.items.dtype, found.target.dtype, found.rater.dtype) == (np.int64, np.float32, np.int64)


def test_a_question_is_the_same_whichever_candidate_comes_first() -> None:
    assert asked(judgment("r", "p", "q")) == asked(judgment("r", "q", "p"))
    assert asked(judgment("r", "p", "q")) != asked(judgment("p", "r", "q"))


def test_the_chosen_item_is_named() -> None:
    assert [chosen(judgment("r", "p", "q", c)) for c in ("a", "b", "tie", "skip")] == ["p", "q", None, None]


def test_random_answers_are_held_out_and_repeats_train() -> None:
    inform, random = judgment("r", "p", "q"), judgment("p", "q", "s", strategy="random")
    repeat = replace(judgment("r", "p", "q", strategy="repeat"), repeat_of=inform.question_id)
    assert split([inform, random, repeat]) == ([inform, repeat], [random])


def test_what_asks_the_same_as_a_held_out_question_never_trains() -> None:
    random = judgment("r", "p", "q", strategy="random")
    assert split([random, judgment("r", "q", "p", rater="bob")]) == ([], [random])
