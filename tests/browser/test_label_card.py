"""The label card in a real browser: every key, every position, and nothing recorded that was not on screen."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from pages._ui.label_card import parse_events
from tests.browser.driving import PATIENCE_MS, opened, serving
from tests.browser.harness.record import chosen

pytestmark = pytest.mark.browser

rooms = (f"label-{number}" for number in itertools.count())

# Keeps the question that went through a whole frame unchanged, and notes it at each key press before the card hears it.
WITNESS = """
window.presses = [];
let before, painted;
const shown = () => {
  const root = document.querySelector('[data-testid="stBidiComponentIsolated"]')?.shadowRoot;
  const images = [...(root?.querySelectorAll('.stage .slot img') ?? [])];
  const figures = root?.querySelectorAll('.stage figure').length;
  if (!figures || images.length !== figures || !images.every((image) => image.complete && image.naturalWidth)) return undefined;
  const names = new Set(images.map((image) => image.src.match(/(q\\d+)/)[1]));
  return names.size === 1 ? [...names][0] : undefined;
};
const look = () => {
  const now = shown();
  painted = now === before ? now : undefined;
  before = now;
  requestAnimationFrame(look);
};
requestAnimationFrame(look);
const press = (event) => window.presses.push(painted === shown() ? painted ?? null : null);
window.addEventListener('keydown', press, true);
window.await_question = (number) => {
  const card = document.querySelector('[data-testid="stBidiComponentIsolated"]')?.shadowRoot?.querySelector('.card');
  return card?.dataset.state === 'ready' && shown() === `q${String(number).padStart(3, '0')}`;
};
"""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving(Path(__file__).parent / "harness" / "server.py") as url:
        yield url


class Stage:
    """One visitor at the card, and what the server has on record for their room."""

    def __init__(self, page: Page, address: str, room: str) -> None:
        self.page, self.address, self.room = page, address, room
        self.card = page.locator(".card")

    def part(self, name: str) -> Locator:
        return self.page.locator(f'[data-part="{name}"]')

    def button(self, act: str) -> Locator:
        return self.card.locator(f'button[data-act="{act}"]:visible')

    def await_question(self, number: int) -> None:
        self.page.wait_for_function("number => window.await_question(number)", arg=number, timeout=PATIENCE_MS)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def await_saved(self) -> None:
        expect(self.part("saved")).to_have_attribute("data-unsaved", "0")

    def record(self) -> dict[str, Any]:
        answer = self.page.request.get(f"{self.address}/record/{self.room}", max_retries=3)
        kept: dict[str, Any] = answer.json()
        return kept

    def choices(self) -> list[tuple[str, Any]]:
        return [(e["question_id"], chosen(e)) for e in self.record()["answers"].values()]


@pytest.fixture
def stage(context: BrowserContext, address: str, request: pytest.FixtureRequest) -> Iterator[Stage]:
    """Parametrise indirectly with the rest of the address, such as ``"&texts=1"``."""
    room = next(rooms)
    with opened(context, f"{address}/?room={room}{getattr(request, 'param', '')}", script=WITNESS) as page:
        yield Stage(page, address, room)


def with_address(rest: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("stage", [rest], indirect=True, ids=[rest])


def test_every_key_gives_its_answer(stage: Stage) -> None:
    keys = {"1": [0], "ArrowLeft": [0], "2": [1], "ArrowRight": [1], "Space": "tie", "s": "skip"}
    for number, key in enumerate(keys):
        stage.await_question(number)
        stage.press(key)
    stage.await_saved()
    assert stage.choices() == [(f"q{number:03d}", choice) for number, choice in enumerate(keys.values())]
    assert all(0 <= event["response_ms"] < 5000 for event in stage.record()["answers"].values())
    expect(stage.part("count")).to_have_text("5 / 40")  # the skip is not counted


def test_every_button_and_both_pictures_give_their_answer(stage: Stage) -> None:
    for number, act in enumerate(["1", "2", "tie", "skip"]):
        stage.await_question(number)
        stage.button(act).click()
    stage.await_question(4)
    stage.page.locator('[data-place="1"] img').click()
    stage.await_question(5)
    stage.page.locator('[data-place="2"] img').click()
    stage.await_question(6)
    stage.page.locator('[data-place="reference"] img').click()
    expect(stage.page.locator('.zoom img[src$="q006-reference"]')).to_be_visible()
    stage.page.locator(".zoom img").click()
    expect(stage.page.locator(".zoom")).to_be_hidden()
    stage.press("Space")  # the focus did not stay on what was clicked
    stage.await_saved()
    assert [choice for _, choice in stage.choices()] == [[0], [1], "tie", "skip", [0], [1], "tie"]


@with_address("&total=90")
def test_presses_in_a_hurry_never_answer_what_was_not_painted(stage: Stage) -> None:
    stage.await_question(0)
    for gap in (0, 30, 80):
        for _ in range(12):
            stage.page.keyboard.press("1")
            stage.page.wait_for_timeout(gap)
    stage.await_saved()
    answered = [question for question, _ in stage.choices()]
    presses = stage.page.evaluate("window.presses")
    seen = [question for question in presses if question]
    assert len(presses) == 36
    assert 3 <= len(answered) <= 36
    assert answered == sorted(set(answered))  # each once, in the order of the queue
    assert set(answered) <= set(seen)


@with_address("&left=slow")
def test_a_press_while_pictures_load_is_dropped(stage: Stage) -> None:
    expect(stage.card).to_have_attribute("data-state", "slow")
    stage.press("1", "2", "s", "Space")
    stage.await_question(0)
    stage.press("2")
    stage.await_question(1)
    stage.await_saved()
    assert stage.choices() == [("q000", [1])]


def test_undo_goes_back_to_the_first_question(stage: Stage) -> None:
    for number, key in enumerate(["1", "2", "s", "Space", "1"]):
        stage.await_question(number)
        stage.press(key)
    stage.await_question(5)
    for number, key in zip(range(4, -1, -1), itertools.cycle(["z", "Backspace"]), strict=False):
        stage.press(key)
        stage.await_question(number)
    expect(stage.button("undo")).to_be_disabled()
    stage.press("z")
    expect(stage.part("count")).to_have_text("0 / 40")
    stage.await_saved()
    assert stage.record()["standing"] == {}
    stage.press("2")
    stage.await_question(1)
    stage.await_saved()
    assert stage.record()["standing"] == {"q000": [1]}
    assert len(stage.record()["answers"]) == 11


@with_address("&deaf=1")
def test_what_was_not_saved_is_sent_again_after_a_reload_and_recorded_once(stage: Stage) -> None:
    for number in range(3):
        stage.await_question(number)
        stage.press("1")
    stage.await_question(3)
    stage.press("z")
    stage.await_question(2)
    expect(stage.part("saved-text")).to_have_text("4 unsaved")
    assert stage.page.evaluate("!window.dispatchEvent(new Event('beforeunload', { cancelable: true }))")
    stage.page.on("dialog", lambda dialog: dialog.accept())
    stage.page.goto(f"{stage.address}/?room={stage.room}&twice=1")
    stage.await_question(2)
    stage.await_saved()
    assert [choice for _, choice in stage.choices()] == [[0], [0], [0], None]
    assert stage.record()["standing"] == {"q000": [0], "q001": [0]}
    stage.press("2")
    stage.await_question(3)
    stage.press("z")  # answers from before the reload
    stage.await_question(2)
    stage.await_saved()
    stage.page.reload()
    stage.await_question(2)
    assert len(stage.record()["answers"]) == 6
    assert not stage.page.evaluate("!window.dispatchEvent(new Event('beforeunload', { cancelable: true }))")


@with_address("&lag=0.4")
def test_answers_do_not_wait_for_a_slow_server(stage: Stage) -> None:
    for number in range(8):
        stage.await_question(number)
        stage.press("12"[number % 2])
    expect(stage.part("count")).to_have_text("8 / 40")
    assert int(stage.part("saved").get_attribute("data-unsaved") or 0) > 0
    stage.await_saved()
    expect(stage.part("count")).to_have_text("8 / 40")
    assert stage.choices() == [(f"q{n:03d}", [n % 2]) for n in range(8)]


@with_address("&right=missing&at=1")
def test_a_picture_that_fails_leaves_only_skip_and_undo(stage: Stage) -> None:
    stage.await_question(0)
    stage.press("1")
    expect(stage.card).to_have_attribute("data-state", "failed")
    expect(stage.page.locator('[data-place="2"] .broken')).to_contain_text("Flower missing-q001-right")
    stage.press("1", "2", "Space")
    for act in ("1", "2", "tie"):
        expect(stage.button(act)).to_be_disabled()
    stage.press("s")
    stage.await_question(2)
    stage.await_saved()
    assert stage.choices() == [("q000", [0]), ("q001", "skip")]


@with_address("&left=flaky")
def test_a_picture_that_failed_once_is_asked_for_again_by_itself(stage: Stage) -> None:
    stage.await_question(0)
    stage.press("1")
    stage.await_saved()
    assert stage.choices() == [("q000", [0])]


@with_address("&left=stubborn")
def test_a_picture_that_failed_for_long_is_shown_when_it_comes(stage: Stage) -> None:
    expect(stage.card).to_have_attribute("data-state", "failed")
    stage.await_question(0)
    stage.press("1")
    stage.await_saved()
    assert stage.choices() == [("q000", [0])]


@with_address("&left=missing")
def test_a_failed_picture_can_be_tried_again(stage: Stage) -> None:
    again = stage.page.get_by_role("button", name="Try again")
    expect(again).to_be_visible()
    first = stage.record()["requests"]["missing-q000-left"]
    again.click()
    expect(stage.card).to_have_attribute("data-state", "failed")
    assert stage.record()["requests"]["missing-q000-left"] > first


def test_typing_elsewhere_and_foreign_keys_answer_nothing(stage: Stage) -> None:
    stage.await_question(0)
    stage.page.get_by_label("Note").fill("")
    stage.page.get_by_label("Note").press_sequentially("12 szh")
    stage.page.keyboard.press("ArrowLeft")
    stage.page.keyboard.press("Enter")
    stage.page.get_by_role("button", name="Elsewhere").click()
    stage.page.keyboard.press("Space")  # belongs to the focused button
    for combination in ("Control+1", "Alt+2", "Shift+S", "Meta+1"):
        stage.page.keyboard.press(combination)
    repeat = "document.dispatchEvent(new KeyboardEvent('keydown', { key: '1', code: 'Digit1', repeat: true }))"
    stage.page.evaluate(repeat)
    stage.await_question(0)
    assert stage.choices() == []
    stage.press("2")  # yet a button elsewhere does not keep digits from the card
    stage.await_question(1)
    stage.await_saved()
    assert stage.choices() == [("q000", [1])]


@with_address("&kind=odd")
def test_each_of_three_can_be_the_odd_one_out(stage: Stage) -> None:
    expect(stage.part("ask")).to_have_text("Which one is the odd one out?")
    for number, key in enumerate(["1", "2", "3", "Space", "s"]):
        stage.await_question(number)
        stage.press(key)
    for number, act in enumerate(["1", "2", "3", "tie"], 5):
        stage.await_question(number)
        stage.button(act).click()
    for number in range(9, 12):
        stage.await_question(number)
        stage.page.locator(f'[data-place="{number - 8}"] img').click()
    stage.await_question(12)
    stage.press("4", "ArrowLeft", "Enter")  # mean nothing here
    stage.await_question(12)
    stage.await_saved()
    given = [choice for _, choice in stage.choices()]
    assert given == [[0], [1], [2], "tie", "skip", [0], [1], [2], "tie", [0], [1], [2]]


@with_address("&kind=grid")
def test_two_picks_answer_a_grid_wherever_they_stand(stage: Stage) -> None:
    expect(stage.part("ask")).to_have_text("Pick the 2 most like the reference")
    pairs = [(1, 2), (3, 8), (7, 4), (6, 5)]
    for number, pair in enumerate(pairs):
        stage.await_question(number)
        stage.press(*map(str, pair))
    for number, pair in enumerate([(1, 8), (5, 2)], 4):
        stage.await_question(number)
        stage.button(str(pair[0])).click()
        expect(stage.button(str(pair[0]))).to_have_attribute("aria-pressed", "true")
        stage.page.locator(f'[data-place="{pair[1]}"] img').click()
    stage.await_question(6)
    stage.press("Space")
    stage.await_saved()
    wanted = [[a - 1, b - 1] for a, b in [*pairs, (1, 8), (5, 2)]]
    assert [choice for _, choice in stage.choices()] == [*wanted, "tie"]


@with_address("&kind=grid")
def test_a_pick_can_be_taken_back_and_one_alone_be_enough(stage: Stage) -> None:
    stage.await_question(0)
    expect(stage.button("done")).to_be_disabled()
    stage.press("Enter", "3", "3", "9")  # nothing picked; picked and taken back; there is no ninth
    expect(stage.button("done")).to_be_disabled()
    stage.press("5")
    expect(stage.page.locator('[data-place="5"]')).to_have_class("picked")
    stage.press("Enter")
    stage.await_question(1)
    expect(stage.page.locator(".picked")).to_have_count(0)
    stage.press("8")
    stage.button("done").click()
    stage.await_question(2)
    stage.press("2", "z")  # undo leaves the pick that was begun
    stage.await_question(1)
    expect(stage.part("note")).to_have_text("Undone. You had chosen 8.")
    stage.press("1", "2")
    stage.await_question(2)
    stage.press("1", "2")
    stage.await_saved()
    assert stage.record()["standing"] == {"q000": [4], "q001": [0, 1], "q002": [0, 1]}


@with_address("&kind=better")
def test_which_is_better_shows_no_reference(stage: Stage) -> None:
    expect(stage.part("ask")).to_have_text("Which one is better?")
    for number, key in enumerate(["1", "2", "ArrowLeft", "ArrowRight", "Space"]):
        stage.await_question(number)
        expect(stage.page.locator(".stage figure")).to_have_count(2)
        stage.press(key)
    stage.await_saved()
    assert [choice for _, choice in stage.choices()] == [[0], [1], [0], [1], "tie"]


@with_address("&graded=1")
def test_graded_answers_say_how_much(stage: Stage) -> None:
    for number, key in enumerate(["1", "2", "3", "4", "Space", "ArrowLeft", "ArrowRight"]):
        stage.await_question(number)
        stage.press(key)
    for number, side in enumerate(["1", "2"], 7):
        stage.await_question(number)
        stage.page.locator(f'[data-place="{side}"] img').click()
    stage.await_saved()
    kept = [(chosen(event), event["grade"]) for event in stage.record()["answers"].values()]
    much, bit = 1.0, 0.5
    assert kept == [
        ([0], much), ([0], bit), ([1], bit), ([1], much), ("tie", much), ([0], much), ([1], much), ([0], much), ([1], much),
    ]  # fmt: skip


@with_address("&aspects=1")
def test_the_sense_to_compare_in_is_said_with_each_question(stage: Stage) -> None:
    for number, aspect in enumerate(["colour", "layout", "colour"]):
        stage.await_question(number)
        expect(stage.part("aspect")).to_have_text(aspect)
        stage.press("1")


@pytest.mark.parametrize("stage", ["&kind=odd", "&kind=grid", "&kind=better", ""], indirect=True)
def test_undo_reaches_what_was_answered_before_a_reload(stage: Stage) -> None:
    keys = ("1", "2") if "grid" in stage.page.url else ("1",)
    for number in range(6):
        stage.await_question(number)
        stage.press(*keys)
    stage.await_question(6)
    stage.await_saved()
    stage.page.reload()
    stage.await_question(6)
    for number in range(5, -1, -1):
        stage.press("z")
        stage.await_question(number)
        stage.await_saved()
    expect(stage.button("undo")).to_be_disabled()
    assert stage.record()["standing"] == {}
    assert len(stage.record()["answers"]) == 12


@pytest.mark.parametrize("stage", ["&kind=odd&total=90", "&kind=grid&total=90", "&kind=better&total=90"], indirect=True)
def test_presses_in_a_hurry_answer_only_what_was_painted_in_every_mode(stage: Stage) -> None:
    stage.await_question(0)
    for gap in (0, 30, 80):
        for turn in range(14):
            stage.page.keyboard.press("12"[turn % 2])
            stage.page.wait_for_timeout(gap)
    stage.await_saved()
    answered = [question for question, _ in stage.choices()]
    seen = [question for question in stage.page.evaluate("window.presses") if question]
    assert len(answered) >= 3
    assert answered == sorted(set(answered))
    assert set(answered) <= set(seen)


def test_answers_given_offline_are_sent_when_the_connection_is_back(stage: Stage, context: BrowserContext) -> None:
    stage.await_question(0)
    context.set_offline(True)
    try:
        for number in range(4):
            stage.await_question(number)
            stage.press("2")
        expect(stage.part("saved-text")).to_contain_text("4 unsaved, waiting for the connection")
    finally:
        context.set_offline(False)
    stage.await_saved()
    stage.await_question(4)
    stage.press("1")
    stage.await_saved()
    assert stage.choices() == [*((f"q{n:03d}", [1]) for n in range(4)), ("q004", [0])]


@with_address("&kind=grid")
def test_arrows_walk_through_what_is_enlarged(stage: Stage) -> None:
    stage.await_question(0)
    stage.page.keyboard.down("f")
    for place in ("reference", "c1", "c2"):
        expect(stage.page.locator(f'.zoom img[src$="q000-{place}"]')).to_be_visible()
        stage.press("ArrowRight")
    stage.page.keyboard.up("f")
    expect(stage.page.locator(".zoom")).to_be_hidden()
    assert stage.choices() == []


@with_address("&late=1")
def test_a_card_without_questions_waits_and_asks_by_itself(stage: Stage) -> None:
    expect(stage.part("rest-title")).to_have_text("No question right now")
    stage.press("1")
    stage.await_question(0)
    assert stage.choices() == []


@with_address("&switch=1")
def test_another_room_starts_afresh_in_the_same_place(stage: Stage) -> None:
    for number in range(2):
        stage.await_question(number)
        stage.press("1")
    stage.await_question(2)
    stage.page.get_by_text(f"{stage.room}-next").click()
    stage.await_question(0)
    expect(stage.button("undo")).to_be_disabled()
    expect(stage.part("count")).to_have_text("0 / 40")
    stage.press("2")
    stage.await_question(1)
    stage.await_saved()
    assert stage.choices() == [("q000", [0]), ("q001", [0])]
    stage.room += "-next"
    assert stage.choices() == [("q000", [1])]


@with_address("&readonly=1")
def test_a_read_only_card_takes_no_answer(stage: Stage) -> None:
    stage.await_question(0)
    stage.press("1", "2", "s", "Space", "z")
    stage.await_question(0)
    expect(stage.part("saved-text")).to_have_text("Read only")
    assert stage.choices() == []


@with_address("&texts=1&total=4")
def test_texts_are_shown_as_written_and_scroll(stage: Stage) -> None:
    passages = stage.page.locator(".passage")
    expect(passages).to_have_count(3)
    expect(passages.first).to_contain_text("<b>A lighthouse keeper")
    assert stage.page.locator(".card b").count() == 0
    stage.press("1")
    expect(passages.first).to_contain_text("q001-reference")
    assert passages.first.evaluate("passage => passage.scrollHeight > passage.clientHeight")
    for _ in range(3):
        expect(stage.card).to_have_attribute("data-state", "ready")
        stage.press("2")
    expect(stage.part("rest-title")).to_have_text("That was the last one. Thank you!")
    stage.press("z")
    expect(passages.first).to_contain_text("q003-reference")


def test_help_and_enlargement_open_and_close(stage: Stage) -> None:
    stage.await_question(0)
    stage.press("h")
    expect(stage.page.get_by_role("dialog", name="Keys")).to_be_visible()
    stage.press("1")
    stage.press("h")
    expect(stage.page.get_by_role("dialog", name="Keys")).to_be_hidden()
    stage.page.locator('[data-place="2"] .frame').hover()
    stage.page.keyboard.down("f")
    expect(stage.page.locator('.zoom img[src$="q000-right"]')).to_be_visible()
    stage.page.keyboard.up("f")
    expect(stage.page.locator(".zoom")).to_be_hidden()
    stage.page.mouse.move(0, 0)
    stage.page.keyboard.down("f")
    expect(stage.page.locator('.zoom img[src$="q000-reference"]')).to_be_visible()
    stage.page.keyboard.up("f")
    assert stage.choices() == []


def test_a_screen_reader_is_told_what_there_is(stage: Stage) -> None:
    stage.await_question(0)
    expect(stage.page.get_by_role("group", name="Similarity question")).to_be_visible()
    for place in ("reference", "left", "right"):
        expect(stage.page.get_by_role("img", name=f"Flower q000-{place}")).to_be_visible()
    expect(stage.part("live")).to_have_text("Question 1.")
    heard = """live => {
      window.heard = [];
      new MutationObserver(() => window.heard.push(live.textContent)).observe(live, { childList: true });
    }"""
    stage.part("live").evaluate(heard)
    stage.press("1")
    stage.page.wait_for_function("window.heard.includes('Question 2.') && window.heard.at(-1) === 'All saved.'")
    expect(stage.page.get_by_role("progressbar", name="Answers given")).to_have_attribute("aria-valuenow", "1")


@pytest.mark.parametrize(
    "stage", ["", "&texts=1", "&graded=1", "&kind=odd", "&kind=grid", "&kind=better"], indirect=True
)
def test_the_card_fits_the_first_screen(stage: Stage) -> None:
    for width, height in ((1280, 800), (375, 700)):
        stage.page.set_viewport_size({"width": width, "height": height})
        expect(stage.card).to_have_attribute("data-state", "ready")
        expect(stage.button("zoom")).to_be_visible(visible=width > 640)
        assert stage.card.evaluate("card => card.getBoundingClientRect().bottom") <= height
        assert stage.page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
        sizes = [button.bounding_box() for button in stage.card.locator("button:visible").all()]
        assert len(sizes) >= 6
        assert all(size and min(size["width"], size["height"]) >= 24 for size in sizes)
        large = [button.bounding_box() for button in stage.card.locator("button:not(.tag):visible").all()]
        assert all(size and min(size["width"], size["height"]) >= 44 for size in large)
        assert all(size and size["x"] >= 0 and size["x"] + size["width"] <= width for size in sizes)


GOOD = {
    "event_id": "e1", "question_id": "q1", "choice": "picked", "picked": [0], "grade": 1, "response_ms": 812.4,
    "undoes": None,
}  # fmt: skip


@pytest.mark.parametrize(
    "broken",
    [
        {"event_id": ""},
        {"event_id": "x" * 65},
        {"event_id": "<script>"},
        {"event_id": 7},
        {"question_id": None},
        {"choice": "both"},
        {"choice": "left"},
        {"picked": []},
        {"picked": [0, 0]},
        {"picked": [-1]},
        {"picked": [12]},
        {"picked": [True]},
        {"picked": ["0"]},
        {"picked": 0},
        {"choice": "tie"},
        {"choice": None},
        {"choice": ["picked"]},
        {"undoes": "e0"},
    ],
)
def test_malformed_events_are_left_out(broken: dict[str, Any]) -> None:
    assert parse_events([GOOD | broken, GOOD, "?", None]) == [GOOD | {"response_ms": 812}]


@pytest.mark.parametrize("time", [-1, float("nan"), 1e12, "soon", True, None])
def test_an_impossible_response_time_is_unknown(time: object) -> None:
    assert parse_events([GOOD | {"response_ms": time}]) == [GOOD | {"response_ms": None}]


@pytest.mark.parametrize("answers", [None, {}, "[]", 3])
def test_no_list_is_no_events(answers: object) -> None:
    assert parse_events(answers) == []
