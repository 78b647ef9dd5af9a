"""A reason as JSON."""

from __future__ import annotations

from pydantic import BaseModel

from lookout.sentences import Reason


class CodedReason(BaseModel):
    """A stable code for programs, empty for a reason of another version; what stands in it, by
    name; a message for people. `cause`: why, of what was refused."""

    code: str
    values: dict[str, str]
    message: str
    cause: CodedReason | None

    @classmethod
    def of(cls, reason: Reason, cause: CodedReason | None = None) -> CodedReason:
        values = dict(reason.values)
        return cls(code=reason.code, values=values, message=reason.sentence, cause=cause)
