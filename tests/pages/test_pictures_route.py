"""Private pictures: served by signed, expiring addresses alone, bit for bit, for one browser."""

from __future__ import annotations

import hashlib
import io
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

import app
from pages._ui import context, signing
from pages._ui.pictures import address, thumbs
from qdhf.studio import Studio
from qdhf.types import GeneratorSpec, Study
from storage import open_store
from tests.storage_fixtures import migrated_file
from tests.studio.conftest import work


@pytest.fixture(autouse=True)
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    monkeypatch.setenv("QDHF_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("QDHF_SECRET", raising=False)
    store = open_store(migrated_file(tmp_path), tmp_path)
    made = Studio(store)
    monkeypatch.setattr("pages._ui.pictures_route.open_studio", lambda: made)
    signing.key.cache_clear()
    context.open_studio.cache_clear()
    yield made
    signing.key.cache_clear()
    store.close()


@pytest.fixture
def client() -> TestClient:
    """The routes of the app itself, without Streamlit around them."""
    return TestClient(Starlette(routes=app.app._user_routes))


def png() -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").save(file, "PNG", optimize=True)
    return file.getvalue()


def test_the_bytes_are_those_that_were_stored(studio: Studio, client: TestClient) -> None:
    data = png()
    sha = studio.store.blobs.put(data)
    found = client.get(address(sha))
    assert found.status_code == 200
    assert hashlib.sha256(found.content).hexdigest() == sha
    assert found.headers["content-type"] == "image/png"
    assert "content-encoding" not in found.headers


def test_one_browser_may_keep_what_it_got_as_long_as_the_address_holds(studio: Studio, client: TestClient) -> None:
    sha = studio.store.blobs.put(png())
    found = client.get(address(sha))
    private, age, immutable = found.headers["cache-control"].split(", ")
    left = int(address(sha).split("/")[2]) - time.time()
    assert (private, immutable) == ("private", "immutable")
    assert left - 5 < int(age.removeprefix("max-age=")) <= left + 5
    assert found.headers["etag"] == f'"{sha}"'
    again = client.get(address(sha), headers={"If-None-Match": f'W/"x", "{sha}"'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", f'"{sha}"')
    assert client.get(address(sha), headers={"If-None-Match": '"' + "0" * 64 + '"'}).status_code == 200


def test_no_other_site_reads_them(studio: Studio, client: TestClient) -> None:
    found = client.get(address(studio.store.blobs.put(png())), headers={"Origin": "https://elsewhere.example"})
    assert found.headers["x-content-type-options"] == "nosniff"
    assert found.headers["cross-origin-resource-policy"] == "same-origin"
    assert not [name for name in found.headers if name.startswith("access-control")]


def test_a_head_request_tells_the_size_and_nothing_else(studio: Studio, client: TestClient) -> None:
    data = png()
    found = client.head(address(studio.store.blobs.put(data)))
    assert (found.status_code, found.content, int(found.headers["content-length"])) == (200, b"", len(data))
    assert client.head(f"/img/9999999999/{'0' * 32}/{'a' * 64}").status_code == 403


def test_what_is_no_picture_is_never_opened_as_a_page(studio: Studio, client: TestClient) -> None:
    found = client.get(address(studio.store.blobs.put(b"<script>alert(1)</script>")))
    assert found.headers["content-type"] == "application/octet-stream"
    assert found.headers["content-disposition"] == "attachment"


def test_other_peoples_expired_and_altered_addresses_are_refused(
    studio: Studio, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = studio.store.blobs.put(png()), studio.store.blobs.put(b"GIF89a, so to say")
    good, (_, _, expires, signature, _) = address(one), address(one).split("/")
    for path in (
        f"/img/{expires}/{signature}/{two}",
        f"/img/{int(expires) + 86_400}/{signature}/{one}",
        f"/img/{expires}/{'0' * 32}/{one}",
        f"/img/{expires}/{signature[:-1]}/{one}",
        f"/img/{expires}/%C3%9F/{one}",
    ):
        refused = client.get(path, headers={"If-None-Match": f'"{one}"'})
        assert (refused.status_code, refused.headers["cache-control"]) == (403, "no-store")
    now = time.time()
    monkeypatch.setattr("pages._ui.pictures.time.time", lambda: now + 3 * 86_400)
    assert client.get(good).status_code == 403


def test_a_file_that_is_gone_is_said_to_be(client: TestClient) -> None:
    gone = client.get(address("0" * 64))
    assert (gone.status_code, gone.headers["cache-control"]) == (404, "no-store")
    assert client.get(address("../secret")).status_code in (403, 404)
    assert client.post(address("0" * 64)).status_code == 405


@pytest.fixture
def study(studio: Studio) -> Study:
    made = studio.studies.create(
        "Planted", prompts=["disc"], generator=GeneratorSpec(name="planted"), encoder="pixels", scorer="colour"
    )
    work(studio, studio.studies.populate(made, 3))
    return made


def test_one_signature_opens_all_small_pictures_of_a_study_by_position(
    studio: Studio, client: TestClient, study: Study
) -> None:
    start = thumbs(study.id)
    for item in studio.store.items.of_study(study.id):
        for size in (128, 256):
            found = client.get(f"{start}{size}/{item.position}")
            assert found.status_code == 200
            assert found.content == studio.store.blobs.get(item.thumbs[size])
            assert found.headers["content-type"] == "image/webp"
            assert "immutable" in found.headers["cache-control"]
            assert found.headers["x-content-type-options"] == "nosniff"
    assert client.get(f"{start}128/3").status_code == 404


def test_the_signature_of_a_study_opens_no_other(studio: Studio, client: TestClient, study: Study) -> None:
    other = studio.studies.create(
        "Other", prompts=["disc"], generator=GeneratorSpec(name="planted"), encoder="pixels", scorer="colour"
    )
    start = thumbs(study.id)
    for forged in (
        start.replace(study.id, other.id),
        start.replace("/thumb/1", "/thumb/2"),
        start.replace(start.split("/")[3], "0" * 32),
        start.replace(start.split("/")[2], "1000"),
    ):
        refused = client.get(f"{forged}128/0")
        assert refused.status_code == 403
        assert refused.headers["cache-control"] == "no-store"
