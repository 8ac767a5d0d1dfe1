"""Parsers: the corpus of ``make fuzz-coverage`` is replayed, and random bytes are tried."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from .parsers import PARSERS, parse
from .verdicts import UnhandledError, WrongAccept, target

TARGET = target("parsers")
CORPUS = Path(__file__).parent / "corpus"


def tried(name: str, data: bytes) -> bool:
    """Whether the parser accepts the input."""
    TARGET.tries()
    try:
        return parse(name, data)
    except AssertionError as error:
        raise WrongAccept(f"{name}: {data[:300]!r}") from error
    except Exception as error:
        raise UnhandledError(f"{name}: {data[:300]!r}: {error!r}") from error


def inputs(name: str) -> list[Path]:
    return sorted(file for file in (CORPUS / name).iterdir() if file.is_file())


@pytest.mark.parametrize("name", sorted(PARSERS))
def test_the_corpus_is_replayed(name: str) -> None:
    """Some of it is accepted, unless nothing can be: the corpus reaches the end of the parser."""
    accepted = [tried(name, file.read_bytes()) for file in inputs(name)]
    assert len(accepted) >= 3
    assert any(accepted) == (name != "id_token")


def test_no_folder_is_without_its_parser() -> None:
    assert {folder.name for folder in CORPUS.iterdir()} == PARSERS.keys()


@given(st.sampled_from(sorted(PARSERS)), st.data())
def test_changed_inputs(name: str, data: st.DataObject) -> None:
    """Parts of two inputs of the corpus, with bytes between them."""
    files = st.sampled_from(inputs(name))
    one, other = data.draw(files).read_bytes(), data.draw(files).read_bytes()
    head = one[: data.draw(st.integers(0, len(one)))]
    tail = other[data.draw(st.integers(0, len(other))) :]
    tried(name, head + data.draw(st.binary(max_size=8)) + tail)
