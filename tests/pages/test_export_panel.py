"""The panel that starts exports, shows how far they are and offers them; and the address that large ones come from."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

import app
from pages._ui import export_panel, export_route, signing
from qdhf.studio import Studio
from qdhf.studio.publishing import Upload
from qdhf.types import Collection, Study, new_id, now
from tests.studio.conftest import label as answered


@pytest.fixture
def chosen(studio: Studio, study: Study) -> Collection:
    items = tuple(item.id for item in studio.store.items.of_study(study.id)[:5])
    return studio.store.collections.add(
        Collection(
            id=new_id(), study_id=study.id, name="Five *of* them", method="by hand", settings={}, items=items,
            reasons=("by hand",) * 5, created_at=now(),
        )
    )  # fmt: skip


def draw(studio: Studio, study: Study) -> AppTest:
    def script(studio, study) -> None:  # type: ignore[no-untyped-def]  # its source runs alone, without our imports
        from pages._ui.export_panel import export_panel

        export_panel(studio, study)

    return AppTest.from_function(script, kwargs={"studio": studio, "study": study}, default_timeout=20).run()


def press(page: AppTest, label: str) -> AppTest:
    return next(button for button in page.button if button.label == label).click().run()


def downloads(page: AppTest) -> list[str]:
    return [element.proto.label for element in page.get("download_button")]


def test_a_set_is_exported_in_the_formats_that_were_chosen(studio: Studio, study: Study, chosen: Collection) -> None:
    page = draw(studio, study)
    assert page.pills[0].value == ["images", "judgments"]
    page.pills[0].set_value(["images", "csv"]).run()
    press(page, "Export")
    export = studio.exporting.of_study(study)[0].export
    assert export.formats == ("images", "csv")
    assert downloads(page) == []
    studio.exporting.write(export.id)
    assert downloads(page.run()) == [
        f"Download Five \\*of\\* them ({studio.exporting.status(export).export.size / 1e6:.1f} MB)"
    ]


def test_without_a_format_nothing_can_be_started(studio: Studio, study: Study, chosen: Collection) -> None:
    page = draw(studio, study)
    page.pills[0].set_value([]).run()
    assert next(b for b in page.button if b.label == "Export").disabled


def test_the_whole_study_is_bundled(studio: Studio, study: Study) -> None:
    page = press(draw(studio, study), "Bundle the whole study")
    export = studio.exporting.of_study(study)[0].export
    studio.exporting.write(export.id)
    assert downloads(page.run())[0].startswith(r"Download Planted \(whole study\)")


def test_an_export_that_never_began_can_be_tried_again(studio: Studio, study: Study, chosen: Collection) -> None:
    export = studio.exporting.request(study, chosen, queue=False)
    studio.store.collections.note_export(export.id, 2, 8)
    page = draw(studio, study)
    assert "was not begun: 2 of 8" in page.get("progress")[0].proto.text
    press(page, "Try again")
    assert studio.exporting.status(export).state == "queued"


def test_a_large_export_is_streamed_from_an_address_of_its_own(
    studio: Studio, study: Study, chosen: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_panel, "IN_PAGE", 10)
    monkeypatch.setattr(export_route, "open_studio", lambda: studio)
    signing.key.cache_clear()
    export = studio.exporting.request(study, chosen, queue=False)
    blob = studio.exporting.write(export.id)
    page = draw(studio, study)
    assert downloads(page) == []
    url = page.get("link_button")[0].proto.url
    client = TestClient(Starlette(routes=app.app._user_routes))
    answer = client.get(url)
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''Five%20%2Aof%2A%20them.zip"
    assert int(answer.headers["content-length"]) == len(answer.content)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert json.loads(archive.read("manifest.json"))["collection"] == chosen.id
    assert client.get(url.replace(blob, "0" * 64)).status_code == 403
    assert client.get(url.replace("Five", "Six")).status_code == 403
    monkeypatch.setattr("time.time", lambda: 9e9)
    assert client.get(url).status_code == 403
    signing.key.cache_clear()


def test_what_would_be_published_is_shown_before_it_can_be_sent(
    studio: Studio, study: Study, chosen: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[str, bool, str]] = []

    def publish(upload: Upload, token: str) -> str:
        sent.append((upload.repo, upload.private, token))
        return "https://hub/ann/five"

    monkeypatch.setattr(studio.publishing, "publish", publish)
    answered(studio, study, 2)
    export = studio.exporting.request(study, chosen, queue=False)
    studio.exporting.write(export.id)
    page, key = draw(studio, study), f"publish-{export.id}"
    page.text_input(key=f"{key}-repo").set_value("ann/five").run()
    files = studio.publishing.plan(studio.exporting.status(export).export, "ann/five").files
    assert any("only you and those you let in can see" in element.value for element in page.markdown)
    assert page.dataframe[0].value["file"].tolist() == [name for name, _ in files]
    assert any("without their names" in element.value for element in page.markdown)
    page.toggle(key=f"{key}-names").set_value(True).run()
    assert any("with their names" in element.value for element in page.markdown)
    assert page.button(key=f"{key}-send").disabled
    page.text_input(key=f"{key}-token").set_value("hf_mine").run()
    assert sent == []
    page.button(key=f"{key}-send").click().run()
    assert sent == [("ann/five", True, "hf_mine")]
    page.text_input(key=f"{key}-repo").set_value("no name").run()
    assert "owner/name" in page.error[0].value
