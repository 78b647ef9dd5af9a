"""The base of documents: frozen, strict, and helpful about misspelt keys."""

from __future__ import annotations

import difflib
from collections.abc import Collection
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError, model_validator

from lookout.server.alerts.errors import BadDefinition

D = TypeVar("D", bound="Document")

MAX_NAME = 120
MAX_MEMBERS = 20_000

Name = Annotated[str, StringConstraints(min_length=1, max_length=MAX_NAME, strip_whitespace=True)]
IdText = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]


class Document(BaseModel):
    """A frozen value that knows its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, value: Any) -> Any:
        if isinstance(value, dict):
            known = {field.alias or name for name, field in cls.model_fields.items()}
            known |= set(cls.model_fields)
            for key in value:
                if key not in known:
                    raise ValueError(unknown_key(str(key), known))
        return value

    def plain(self) -> dict[str, Any]:
        """The document as JSON values, by the keys that users write."""
        return self.model_dump(mode="json", by_alias=True)


def unknown_key(key: str, known: Collection[str]) -> str:
    """The complaint about a key that is not there, with the nearest one that is."""
    near = difflib.get_close_matches(key, known, 1, 0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(sorted(known))}"
    return f"there is no key {key!r:.60}; {hint}"


def read_document(kind: type[D], value: object, what: str) -> D:
    """A document from JSON or TOML values; `what` names it in the error. Raises BadDefinition."""
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        raise BadDefinition(f"{what}: {complaint(error)}") from error


def complaint(error: ValidationError) -> str:
    """The first complaint of a validation, with its place, in one line."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    words = str(first["msg"]).removeprefix("Value error, ")
    return f"{place}: {words}" if place else words
