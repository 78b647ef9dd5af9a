"""Sentences for people that have a code for programs.

A reason travels, is stored and is logged as a sentence; its code, and what stands in it, are found
again by the sentence, so that also what was written earlier has them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Reason:
    """code: "" for a sentence that is none of the table. values: what stands in the sentence, by
    name."""

    sentence: str
    code: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


class Sentences:
    """A table of sentences by their codes, with `{names}` for what stands in them: one word each,
    but at the end of a sentence anything. So no sentence takes long to read."""

    def __init__(self, templates: Mapping[str, str]) -> None:
        self._templates = dict(templates)
        self._patterns = {code: _pattern(one) for code, one in templates.items()}

    def because(self, code: str, /, **values: object) -> str:
        """The sentence of a reason. Raises KeyError where a value lacks."""
        return self._templates[code].format_map(values)

    def reason_of(self, sentence: str) -> Reason:
        """The reason that a sentence is."""
        for code, pattern in self._patterns.items():
            if found := pattern.fullmatch(sentence):
                return Reason(sentence, code, found.groupdict())
        return Reason(sentence)


def _pattern(template: str) -> re.Pattern[str]:
    words = re.sub(r"\\{(\w+)\\}", r"(?P<\1>\\S+)", re.escape(template))
    return re.compile(re.sub(r"\\S\+\)$", ".+)", words), re.DOTALL)
