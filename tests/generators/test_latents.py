"""Stored latents: what is packed comes back, and nothing else gets in."""

from __future__ import annotations

import io

import numpy as np
import pytest

from qdhf.errors import InvalidInput
from qdhf.generators.latents import checked_seed, initial_latents, pack, unpack
from qdhf.types import Genome


def test_latents_survive_packing_bit_for_bit_and_the_bytes_are_the_same_each_time() -> None:
    z = np.random.default_rng(0).standard_normal((4, 8, 8)).astype(np.float32)
    np.testing.assert_array_equal(unpack(pack(z)), z)
    assert pack(z) == pack(np.asfortranarray(z))
    assert unpack(pack(z.astype(np.float64))).dtype == np.float32


def test_pickles_archives_and_strange_arrays_are_refused() -> None:
    def saved(array: object, **options: object) -> bytes:
        out = io.BytesIO()
        np.save(out, array, **options)
        return out.getvalue()

    several = io.BytesIO()
    np.savez(several, a=np.zeros(3))
    for data in (
        saved(np.array([{}], object), allow_pickle=True),
        several.getvalue(),
        saved(np.zeros(3, np.int64)),
        saved(np.array([np.nan])),
        pack(np.zeros(30, np.float32))[:-4],
        b"",
    ):
        with pytest.raises(InvalidInput, match=r"\.npy"):
            unpack(data)


def test_stored_latents_need_a_file_store() -> None:
    with pytest.raises(InvalidInput, match="without a file store"):
        initial_latents(Genome(prompt="", seed=0, latents="0" * 64), (1,), lambda seed, shape: np.zeros(shape))


@pytest.mark.parametrize("seed", [-1, 2**63, 1.0, True, "1", None])
def test_a_seed_is_a_whole_number_of_63_bits(seed: object) -> None:
    with pytest.raises(InvalidInput, match="0 to 2"):
        checked_seed(seed)  # type: ignore[arg-type]
    assert checked_seed(2**63 - 1) == 2**63 - 1
