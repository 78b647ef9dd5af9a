"""Sentences for people that have a code for programs."""

from __future__ import annotations

import pytest

from lookout.sentences import Reason, Sentences

TABLE = Sentences(
    {"silent": "was silent", "far": "{near} is near; {far} is far (%)", "not": "this is not {name}"}
)


@pytest.mark.parametrize(
    ("sentence", "code", "values"),
    [
        ("was silent", "silent", {}),
        ("0.1 is near; 0.9 is far (%)", "far", {"near": "0.1", "far": "0.9"}),
        ("this is not Ada Lovelace", "not", {"name": "Ada Lovelace"}),
    ],
)
def test_a_sentence_is_written_and_read_again(
    sentence: str, code: str, values: dict[str, str]
) -> None:
    assert TABLE.because(code, **values) == sentence
    assert TABLE.reason_of(sentence) == Reason(sentence, code, values)


@pytest.mark.parametrize("sentence", ["", "was silent twice", "0.1 or so is near; 0.9 is far (%)"])
def test_a_sentence_that_is_not_in_the_table_keeps_its_words_alone(sentence: str) -> None:
    assert TABLE.reason_of(sentence) == Reason(sentence)
