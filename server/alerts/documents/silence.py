"""Silences: nothing of this is told until a time."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from lookout.server.alerts.documents.document import Document, IdText


class Matchers(Document):
    """What is silenced: everything that is given must hold. `camera` is a name or an id."""

    rule: IdText | None = None
    person: IdText | None = None
    camera: IdText | None = None
    list: IdText | None = None


class SilenceBody(Document):
    """Nothing that matches is told before `until`, Unix seconds."""

    until: float = Field(ge=0, le=1e11)
    matchers: Matchers = Matchers()
    comment: Annotated[str, StringConstraints(max_length=500)] = ""

    @model_validator(mode="after")
    def _says_what(self) -> SilenceBody:
        if self.matchers == Matchers():
            raise ValueError(
                "matchers are empty, which would silence everything: name a rule, a person, "
                "a camera or a list"
            )
        return self


class Silence(SilenceBody):
    """A silence that is kept."""

    id: str
    created_by: str = ""
