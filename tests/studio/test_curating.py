"""Choosing, swapping, judging and keeping sets of a study."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from qdhf.curate.fair import regions
from qdhf.curate.methods import METHODS, choose
from qdhf.curate.pool import Pool, Wish
from qdhf.curate.screening import Limits
from qdhf.errors import InvalidInput, NotEnoughItems, NotEnoughJudgments, NotFound
from qdhf.metrics.complexity import image_complexity
from qdhf.studio import Studio
from qdhf.studio.choosing import WAYS, Settings
from qdhf.studio.complexities import SAMPLE
from qdhf.studio.curating import set_figures
from qdhf.types import RunSpec, Study, prompt_of
from tests.storage_fixtures import add_study, new_item
from tests.studio.conftest import work


@pytest.fixture
def filled(studio: Studio, study: Study) -> Study:
    work(studio, studio.studies.populate(study, 40))
    return study


def ids(studio: Studio, study: Study, k: int = 8, **settings: object) -> list[str]:
    return [item.id for item in studio.curating.choose(study, k, **settings).items]


@pytest.mark.parametrize("method", ["different", "representative", "balanced", "cells", "direction"])
def test_marks_survive_another_choice_by_any_way(studio: Studio, filled: Study, method: str) -> None:
    settings = {"method": method, "dial": {"measured": 1.0} if method == "direction" else {}}
    before = studio.curating.choose(filled, 4, **settings)
    banned = before.items[2]
    pinned = next(item for item in studio.store.items.of_study(filled.id) if item not in before.items)
    studio.curating.mark(filled, pinned, "pin")
    studio.curating.mark(filled, banned, "ban")
    for k in (4, 5):
        after = studio.curating.choose(filled, k, **settings)
        assert after.items[0] == pinned
        assert after.reasons[0] == "pinned"
        assert banned not in after.items
        assert len({item.id for item in after.items}) == k
    assert studio.curating.marked(filled) == {"pin": [pinned], "ban": [banned]}


def test_a_swap_changes_one_place_and_the_item_never_comes_back(studio: Studio, filled: Study) -> None:
    before = ids(studio, filled)
    aside: list[str] = []
    for at in (3, 3, 5):  # the newcomer at place 3 is swapped out, too
        now = studio.curating.choose(filled, 8, aside=tuple(aside))
        aside.append(now.items[at].id)
        after = studio.curating.choose(filled, 8, aside=tuple(aside))
        changed = [i for i, (a, b) in enumerate(zip(now.items, after.items, strict=True)) if a != b]
        assert changed == [at]
        assert not {item.id for item in after.items} & set(aside)
        assert after.reasons[at].endswith(", instead of one swapped out")
    assert after.settings["swapped_out"] == aside
    assert ids(studio, filled) == before


def test_swaps_go_on_from_what_is_remembered(studio: Studio, filled: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on the page: each swap asks for one more choice, not for all before it again."""
    asked = []
    choosing = studio.curating._choosing
    plain = choosing.picks
    monkeypatch.setattr(choosing, "picks", lambda *given: asked.append(given[2].aside) or plain(*given))
    aside: tuple[str, ...] = ()
    for _ in range(3):
        aside = (*aside, studio.curating.choose(filled, 6, aside=aside).items[1].id)
    found = studio.curating.choose(filled, 6, aside=aside)
    assert asked == [aside[:n] for n in range(4)]
    assert Studio(studio.store).curating.choose(filled, 6, aside=aside) == found


def test_a_pin_is_not_swapped_out(studio: Studio, filled: Study) -> None:
    item = studio.curating.choose(filled, 8).items[2]
    studio.curating.mark(filled, item, "pin")
    assert item in studio.curating.choose(filled, 8, aside=(item.id,)).items


def test_only_what_a_filter_lets_through_is_chosen(studio: Studio, filled: Study) -> None:
    some = frozenset(item.id for item in studio.store.items.of_study(filled.id)[:15])
    found = studio.curating.choose(filled, 5, only=some, floor=0)
    assert {item.id for item in found.items} <= some
    assert found.settings["filter_passes"] == 15
    with pytest.raises(NotEnoughItems, match=r"pass\. What holds back most: the filter leaves out 25"):
        studio.curating.choose(filled, 30, only=some, floor=0)


def test_what_the_study_does_not_count_is_not_chosen_unless_pinned(studio: Studio, filled: Study) -> None:
    quality = studio.matrices.measured(filled).quality
    least = float(np.quantile(quality, 0.5))
    studio.curating.choose(filled, 5, floor=0)
    studio.valuing.count_only(filled, least=least)
    found = studio.curating.choose(filled, 12, floor=0)
    assert all(quality[item.position] >= least for item in found.items)
    low = studio.store.items.of_study(filled.id)[int(quality.argmin())]
    studio.curating.mark(filled, low, "pin")
    assert low in studio.curating.choose(filled, 12, floor=0).items
    with pytest.raises(NotEnoughItems, match="the study does not count"):
        studio.curating.choose(filled, 35, floor=0)


def test_as_many_as_pass_can_be_chosen_and_no_more(studio: Studio, filled: Study) -> None:
    some = frozenset(item.id for item in studio.store.items.of_study(filled.id)[:20])
    settings = {"floor": 0.5, "only": some}
    n = studio.curating.passing(filled, **settings)
    assert 0 < n < 20
    assert len(studio.curating.choose(filled, n, **settings).items) == n
    with pytest.raises(NotEnoughItems, match=f"but {n} of 40 pass"):
        studio.curating.choose(filled, n + 1, **settings)
    assert studio.curating.passing(add_study(studio.store)) == 0


def test_too_many_are_refused_with_what_holds_back_most(studio: Studio, filled: Study) -> None:
    with pytest.raises(NotEnoughItems, match=r"40 items were asked for, but \d+ of 40 pass.*quality floor leaves out"):
        studio.curating.choose(filled, 40, floor=0.5)


def test_a_direction_is_dialled_of_what_people_call_the_axes(studio: Studio, filled: Study) -> None:
    assert list(studio.curating.dials(filled)) == ["measured", "axis 1", "axis 2"]
    studio.learning.name_axis(filled, 1, "Roundness", "square", "round")
    dials = studio.curating.dials(filled)
    assert dials["axis 1"] == ("Axis 1", "low", "high")
    assert dials["axis 2"] == ("Roundness", "square", "round")
    fit, matrix = studio.learning.current(filled), studio.matrices.of(filled)
    assert fit is not None
    along = fit.projection(matrix.features)[:, 1]
    for sign, extreme in ((1.0, along.argmax()), (-1.0, along.argmin())):
        found = studio.curating.choose(filled, 4, method="direction", dial={"axis 2": sign}, floor=0)
        assert found.items[0].id == matrix.ids[extreme]
        assert found.settings["dial"] == {"axis 2": sign}


def test_what_people_prefer_can_be_dialled_once_it_is_known(
    studio: Studio, filled: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    liked = np.linspace(0, 1, 40)
    monkeypatch.setattr(studio.valuing, "_preference", lambda study, matrix: lambda features: liked)
    assert list(studio.curating.dials(filled))[:2] == ["measured", "preferred"]
    found = studio.curating.choose(filled, 3, method="direction", dial={"preferred": 1.0}, floor=0)
    assert found.items[0].position == 39


def test_the_fair_way_says_what_is_missing_and_uses_the_groups(studio: Studio, filled: Study) -> None:
    way = studio.curating.ways(filled)["fair"]
    assert way.title == "Fair to all groups"
    assert way.missing == studio.rating.missing(filled) != ""
    assert studio.curating.ways(filled)["cells"].missing == ""
    with pytest.raises(NotEnoughJudgments):
        studio.curating.choose(filled, 5, method="fair")


def test_the_same_settings_give_the_same_set_also_in_another_process(studio: Studio, filled: Study) -> None:
    for method in ("different", "representative", "balanced", "cells"):
        assert ids(studio, filled, method=method) == ids(Studio(studio.store), filled, method=method)
    assert ids(studio, filled, method="balanced", seed=1) != ids(studio, filled, method="balanced", seed=2)


def test_new_items_are_chosen_from_at_once(studio: Studio, filled: Study) -> None:
    ids(studio, filled)
    work(studio, studio.studies.populate(filled, 40))
    fresh = Studio(studio.store)
    assert ids(studio, filled, 60, floor=0) == ids(fresh, filled, 60, floor=0)


def test_the_card_is_that_of_the_files_and_beside_it_that_of_all(studio: Studio, filled: Study) -> None:
    items = studio.curating.choose(filled, 5).items
    card = studio.curating.card(filled, [item.id for item in items])
    read = [image_complexity(studio.store.blobs.get(item.blob)) for item in items]
    for name in ("bytes per pixel", "edge density"):
        assert card.chosen.complexity[name] == pytest.approx(np.mean([each[name] for each in read]))
    assert card.pool.items == 40 < SAMPLE
    assert card.pool.complexity.keys() == card.chosen.complexity.keys()
    assert studio.curating.card(filled, [item.id for item in items]) is card
    fit = studio.learning.current(filled)
    figures = set_figures(studio.matrices.of(filled), [item.id for item in items], fit, filled.map.dims)
    assert figures["set"]["quality_mean"] == card.chosen.quality_mean
    assert "edge density" not in figures["set"]
    figures = set_figures(studio.matrices.of(filled), [item.id for item in items], fit, filled.map.dims, studio.store)
    assert figures["set"]["edge density"] == card.chosen.complexity["edge density"]
    assert (figures["pool"]["edge density"], figures["random"]["edge density"]) == (
        card.pool.complexity["edge density"],
        "–",
    )
    with pytest.raises(NotEnoughItems, match="still being computed"):
        studio.curating.card(filled, ["nowhere"])


def test_a_file_that_cannot_be_read_is_left_out_of_the_card(
    studio: Studio, filled: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = [item.id for item in studio.curating.choose(filled, 3).items]
    read = studio.store.blobs.get
    broken = studio.store.items.get(chosen[0]).blob
    monkeypatch.setattr(studio.store.blobs, "get", lambda sha: b"gone" if sha == broken else read(sha))
    card = studio.curating.card(filled, chosen)
    rest = [image_complexity(read(item.blob))["edge density"] for item in studio.store.items.many(chosen[1:])]
    assert card.chosen.complexity["edge density"] == pytest.approx(np.mean(rest))


def test_a_set_is_kept_renamed_put_away_and_taken_out_again(studio: Studio, filled: Study) -> None:
    choice = studio.curating.choose(filled, 4, method="representative")
    kept = studio.curating.save(filled, "  Four  ", choice)
    assert (kept.name, kept.method, kept.reasons) == ("Four", "Representative", tuple(choice.reasons))
    assert kept.settings["method"] == "representative"
    assert studio.curating.items(kept) == choice.items
    named = studio.curating.rename(kept, "Vier")
    assert studio.curating.find(filled, "Vier") == named
    with pytest.raises(InvalidInput, match="1 to 120 characters; this one has 0"):
        studio.curating.rename(kept, "   ")
    studio.curating.remove(named)
    assert (studio.curating.collections(filled), studio.curating.removed(filled)) == ([], [named])
    assert studio.curating.find(filled, kept.id) == named
    with pytest.raises(NotFound, match=r"no set “Vier”.*none yet"):
        studio.curating.find(filled, "Vier")
    studio.curating.remove(named, False)
    assert studio.curating.collections(filled) == [named]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"k": 0}, "number of items to choose must lie between 1 and"),
        ({"k": 5, "floor": 1.0}, "quality floor must lie between 0 and"),
        ({"k": 5, "copies": -0.1}, "from which items are copies must lie between 0 and 1"),
        ({"k": 5, "dial": {"measured": 3.0}}, "A dial must lie between -1 and 1"),
        ({"k": 5, "aside": ("x",) * 501}, "At most 500 items can be swapped out"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        Settings(**settings).checked()  # type: ignore[arg-type]


def test_the_ways_are_those_there_are() -> None:
    assert tuple(METHODS) == WAYS


def test_choosing_needs_items(studio: Studio, study: Study) -> None:
    for ask in (lambda: studio.curating.choose(study, 1), lambda: studio.curating.dials(study)):
        with pytest.raises(NotEnoughItems, match="needs at least three items"):
            ask()


WORDS = ("red", "green", "blue", "long", "short", "old", "new", "warm", "cold", "quick")


def texts_of(studio: Studio) -> tuple[Study, list[str]]:
    """Twenty texts with features of their own; the last repeats itself."""
    store = studio.store
    study = add_study(store, kind="text", scorer="even", encoder="minilm")
    run = store.runs.add(study.id, RunSpec(kind="import", budget=20))
    said = [f"A {WORDS[n % 10]} day, {WORDS[(3 * n + 1) % 10]} & <b>{n}</b>." for n in range(19)] + ["and " * 300]
    blobs = [store.blobs.put(text.encode()) for text in said]
    made = [
        new_item(
            run, n, kind="text", blob=blob, genome=None, media_type="text/plain", thumbs={}, width=None, height=None
        )
        for n, blob in enumerate(blobs)
    ]
    store.items.add(study.id, made)
    store.facts.add_features("minilm", blobs, np.random.default_rng(0).normal(size=(20, 12)).astype(np.float32))
    prompt = prompt_of(study, None)
    store.facts.add_scores("even", [(blob, prompt, n / 20) for n, blob in enumerate(blobs)])
    return study, said


@pytest.mark.parametrize("method", ["different", "representative", "balanced", "cells", "direction"])
def test_texts_are_chosen_and_judged_like_pictures(studio: Studio, method: str) -> None:
    study, said = texts_of(studio)
    dial = {"measured": 1.0} if method == "direction" else {}
    found = studio.curating.choose(study, 6, method=method, dial=dial)
    texts = studio.curating.texts(found.items)
    assert [texts[item.id] for item in found.items] == [said[item.position] for item in found.items]
    card = studio.curating.card(study, [item.id for item in found.items])
    assert set(card.chosen.complexity) == {"characters", "gzip ratio"}
    assert card.chosen.complexity["characters"] == np.mean([len(said[item.position]) for item in found.items])


def test_the_fair_set_is_made_on_the_maps_of_the_groups(
    studio: Studio, filled: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two groups, one of which sees each axis alone."""
    matrix, fit = studio.matrices.of(filled), studio.learning.current(filled)
    assert fit is not None
    parts = []
    for axis in range(2):
        weights = np.zeros_like(fit.projection.weights)
        weights[axis] = fit.projection.weights[axis]
        parts.append(SimpleNamespace(axes=SimpleNamespace(projection=replace(fit.projection, weights=weights))))
    found = SimpleNamespace(groups=SimpleNamespace(groups=parts))
    monkeypatch.setattr(studio.rating, "groups", lambda study: found)
    groups = tuple(part.axes.projection(matrix.features) for part in parts)
    pool = Pool(
        places=fit.projection(matrix.features), features=matrix.features, quality=matrix.quality, groups=groups,
        cells=np.zeros(40, np.int64), dims=(1, 1),
    )  # fmt: skip
    wanted = choose("fair", pool, Wish(k=6), Limits())
    choice = studio.curating.choose(filled, 6, method="fair", floor=0, copies=None)
    assert [item.position for item in choice.items] == [pick.row for pick in wanted]
    assert choice.reasons == [pick.reason for pick in wanted]
    assert choice.title == "Fair to all groups"
    rows = [item.position for item in choice.items]
    cells = [regions(places, 6) for places in groups]
    shares = studio.curating.group_shares(filled, [item.id for item in choice.items])
    assert shares == tuple(len(set(each[rows])) / len(set(each)) for each in cells)
