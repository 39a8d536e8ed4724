"""The command line: what a page can do, a script can."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from qdhf.cli import app
from qdhf.studio import Studio
from storage import open_store
from tests.studio.conftest import label, work

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("QDHF_HOME", str(tmp_path / "data"))
    return tmp_path


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=True)
    assert result.exit_code == 0, result.output
    return result.output


def refused(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 2
    return result.stderr


def planted(home: Path) -> None:
    """A study with 24 items and 30 answers, as a worker and a rater would leave it."""
    run("create", "Shapes", "--prompt", "disc", "--generator", "planted", "--encoder", "pixels", "--scorer", "colour")
    store = open_store()
    studio = Studio(store)
    study = studio.studies.all()[0]
    work(studio, studio.studies.populate(study, 24))
    label(studio, study, 30)
    store.close()


def test_a_study_is_made_listed_fitted_chosen_and_exported(home: Path) -> None:
    planted(home)
    assert "24 items     30 answers  Shapes" in run("list")
    assert "version 2: " in run("fit", "Shapes")
    run("choose", "Shapes", "Six", "--k", "6")
    run("export", "Shapes", "Six", str(home / "six.zip"))
    first = (home / "six.zip").read_bytes()
    run("export", "Shapes", "Six", str(home / "again.zip"))
    assert (home / "again.zip").read_bytes() == first  # the same set gives the same bytes
    with zipfile.ZipFile(home / "six.zip") as archive:
        assert json.loads(archive.read("manifest.json"))["items"] == 6
        assert "| vendi" in archive.read("README.md").decode()


def test_sets_are_chosen_by_any_way_that_is_named(home: Path) -> None:
    planted(home)
    run("choose", "Shapes", "Stand-ins", "--k", "5", "--by", "representative", "--floor", "0")
    run("choose", "Shapes", "Dialled", "--k", "4", "--by", "direction", "--dial", "measured=1, axis 2=-0.5")
    with closing(open_store()) as store:
        sets = {c.name: c for c in store.collections.of_study(store.studies.all()[0].id)}
    assert (sets["Stand-ins"].method, len(sets["Stand-ins"].items)) == ("Representative", 5)
    assert sets["Dialled"].settings["dial"] == {"measured": 1.0, "axis 2": -0.5}
    assert "no way to choose named “luck”" in refused("choose", "Shapes", "x", "--by", "luck")
    assert "A dial is written as in “measured=1”; got “axis 2”" in refused("choose", "Shapes", "x", "--dial", "axis 2")


def test_formats_are_named_by_commas(home: Path) -> None:
    planted(home)
    run("choose", "Shapes", "Six", "--k", "6")
    run("export", "Shapes", "Six", str(home / "six.zip"), "--formats", "csv, parquet")
    with zipfile.ZipFile(home / "six.zip") as archive:
        assert {"items.csv", "data/train-00000-of-00001.parquet"} <= set(archive.namelist())
    assert "no format 'tiff'" in refused("export", "Shapes", "Six", str(home / "x.zip"), "--formats", "tiff")


def test_a_study_moves_to_another_installation(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    planted(home)
    file = str(home / "study.zip")
    assert "bytes" in run("bundle", "Shapes", file)
    monkeypatch.setenv("QDHF_HOME", str(home / "elsewhere"))
    assert "Shapes: 24 items and 30 answers came in" in run("unbundle", file)
    assert "24 items     30 answers  Shapes" in run("list")
    assert "all of it was here already" in run("unbundle", file)
    assert "no bundle" in refused("unbundle", __file__)


def test_publishing_says_what_would_leave_and_asks_first(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    planted(home)
    run("choose", "Shapes", "Six", "--k", "6")
    assert "no finished export" in refused("publish", "Shapes", "Six", "ann/six")
    run("export", "Shapes", "Six", str(home / "six.zip"))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    declined = CliRunner().invoke(app, ["publish", "Shapes", "Six", "ann/six"], input="n\n")
    assert declined.exit_code == 2
    assert "images/metadata.jsonl" in declined.stdout
    assert "to the data set ann/six" in declined.stdout
    assert "Nothing was sent." in declined.stderr
    assert "wants a token" in refused("publish", "Shapes", "Six", "ann/six", "--yes")


def test_labels_go_out_and_come_back(home: Path) -> None:
    planted(home)
    assert "30 answers written" in run("label-export", "Shapes", str(home / "answers.jsonl"))
    assert "0 of 30 answers were new" in run("label-import", "Shapes", str(home / "answers.jsonl"))
    assert "30 answers written" in run("label-export", "Shapes", str(home / "answers.csv"))
    assert (home / "answers.csv").read_text().startswith("event_id,kind,reference,a,b,")
    assert "0 of 30 answers were new" in run("label-import", "Shapes", str(home / "answers.csv"))
    assert "must end in .jsonl" in refused("label-export", "Shapes", str(home / "answers.xlsx"))


def test_errors_are_one_line_with_status_2(home: Path) -> None:
    assert "There is no study “Nothing”" in refused("fit", "Nothing")
    assert "at least one prompt" in refused("create", "Empty")
    assert "reads like 10x10" in refused("create", "Odd", "--prompt", "x", "--size", "ten")
    assert "no folder or zip" in refused("import", "Nothing", str(home / "none"))


def test_more_items_than_there_are_cannot_be_chosen(home: Path) -> None:
    planted(home)
    assert "NotEnoughItems" in refused("choose", "Shapes", "Many", "--k", "500")


def test_a_run_is_asked_for_by_time_and_patience_and_what_cannot_be_is_refused(home: Path) -> None:
    planted(home)
    wishes = ("--budget", "50", "--minutes", "3", "--patience", "4", "--no-wait")
    run_id = run("illuminate", "Shapes", *wishes).strip()
    store = open_store()
    spec = store.runs.get(run_id).spec
    store.close()
    assert (spec.budget, spec.minutes, spec.patience, spec.steered) == (50, 3.0, 4, False)
    assert "Only pictures of a diffusion model" in refused("illuminate", "Shapes", "--pull", "0.1")


def test_every_command_explains_itself() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "qdhf", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    names = {
        "create",
        "generate",
        "import",
        "label-export",
        "label-import",
        "fit",
        "illuminate",
        "export",
        "bundle",
        "unbundle",
        "publish",
        "doctor",
        "serve",
    }
    assert all(name in done.stdout for name in names)


def test_models_are_listed_with_what_they_need_and_a_name_that_is_none_is_refused(home: Path) -> None:
    listed = run("models")
    assert "stabilityai/sd-turbo  (2.6 GB to download" in listed
    assert "SD Turbo: 512 px, 1 step, guidance 0, 4 GB of memory, Stability AI Community." in listed
    assert "embedded  (yes)" in listed
    assert "A hub id reads like owner/name; got “foo”" in refused("download", "foo")
    assert "is here already" in run("download", "minilm")
