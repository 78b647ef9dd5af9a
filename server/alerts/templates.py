"""Templates of what is told: text with `{who}`, `{camera}` …, and nothing that could be run."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

FIELDS = (
    *("who", "what", "camera", "place", "time", "date", "rule", "list", "severity", "count"),
    *("title", "text", "state", "notice", "id", "tag", "alert", "site", "link"),
)
MOST_TEMPLATE = 20_000
_FIELD = re.compile(r"\{(\w+)\}")


def check_template(template: str) -> None:
    """Raises ValueError for a field that is not there, and names the nearest."""
    for name in _FIELD.findall(template):
        if name not in FIELDS:
            near = difflib.get_close_matches(name, FIELDS, 1, 0.5)
            hint = f"did you mean {{{near[0]}}}?" if near else "there are " + ", ".join(FIELDS)
            raise ValueError(f"a template has no field {{{name:.40}}}; {hint}")


def _checked(template: str) -> str:
    check_template(template)
    return template


Template = Annotated[str, StringConstraints(max_length=MOST_TEMPLATE), AfterValidator(_checked)]


def filled(template: str, fields: Mapping[str, str]) -> str:
    """The template with the fields in it; everything else stays as it is."""
    return _FIELD.sub(lambda found: fields.get(found[1], found[0]), template)
