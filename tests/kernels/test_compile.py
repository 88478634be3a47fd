"""Compiling goes on where numba finds no folder that it may write to."""

from types import SimpleNamespace

import pytest

pytest.importorskip("numba", reason="numba is missing: pip install sklearn-rnn[fast]")

import numba

from sklearn_rnn.kernels import _compile


def double(x):
    return 2 * x


def test_without_a_folder_nothing_is_kept(monkeypatch):
    asked = []

    def njit(signature, cache=False, **options):
        asked.append(cache)
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return numba.njit(signature, **options)

    monkeypatch.setattr(_compile, "numba", SimpleNamespace(njit=njit))
    assert _compile.compiled_for("f4(f4)")(double)(3) == 6
    assert asked == [True, False]
