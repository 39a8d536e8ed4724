"""Model files: missing, changed, and quiet."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

import pytest

from qdhf import weights
from qdhf.errors import MissingModel
from qdhf.weights import checked, package_folder, quiet, revision


def test_a_package_that_is_not_installed_says_how_to_install_it() -> None:
    with pytest.raises(MissingModel, match=r"no-such-model is not installed\. Run `make install`"):
        package_folder("no_such_module", "no-such-model")


def test_weights_that_were_changed_are_refused(tmp_path: Path) -> None:
    good, bad = tmp_path / "good", tmp_path / "bad"
    good.write_bytes(b"weights")
    bad.write_bytes(b"others")
    digest = hashlib.sha256(b"weights").hexdigest()
    assert checked(good, digest) == good
    with pytest.raises(MissingModel, match="is not the one this program was made for"):
        checked(bad, digest)
    with pytest.raises(MissingModel, match="is missing"):
        checked(tmp_path / "absent", digest)


def test_the_revision_follows_names_settings_and_both_ends_of_weights(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(bytes(weights.EDGE * 2 + 5))
    (tmp_path / "README.md").write_text("words")
    before = revision(tmp_path)
    assert before == revision(tmp_path)
    (tmp_path / "README.md").write_text("other words")
    assert revision(tmp_path) == before
    seen = {before}
    for path, data in (
        ("config.json", b'{"a": 1}'),
        ("model.safetensors", bytes(weights.EDGE * 2 + 4) + b"\1"),
        ("model.safetensors", b"\1" + bytes(weights.EDGE * 2 + 4)),
        ("model.safetensors", bytes(weights.EDGE * 2 + 6)),
    ):
        (tmp_path / path).write_bytes(data)
        seen.add(revision(tmp_path))
    assert len(seen) == 5


def test_quiet_leaves_logging_as_it_was() -> None:
    from transformers.utils import logging as log

    before = log.get_verbosity(), log.is_progress_bar_enabled()
    with quiet("transformers"):
        assert log.get_verbosity() == logging.CRITICAL
        assert not log.is_progress_bar_enabled()
    assert (log.get_verbosity(), log.is_progress_bar_enabled()) == before
