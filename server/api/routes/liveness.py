"""Whether faces are live: of a picture, and of somebody who is asked to do something."""

from __future__ import annotations

import time

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from lookout.faces.liveness.challenge import WORDS, ChallengeState, Failure, Task
from lookout.faces.liveness.verdict import LivenessState
from lookout.server.accounts.scopes import Scope
from lookout.server.api.dependencies import Deps
from lookout.server.api.errors.api_error import ApiError
from lookout.server.api.schemas.common import Id
from lookout.server.api.schemas.faces import LivenessOut, box_of
from lookout.server.api.security.audit_trail import Trailing
from lookout.server.api.security.authorization import Guarded, allow
from lookout.server.api.services.challenges import UnderWay
from lookout.server.api.services.multipart import ONE_PICTURE_BODY, PictureFile, bytes_of

router = APIRouter(prefix="/api/v1", route_class=Guarded, tags=["recognition"])


class LivenessOfFace(BaseModel):
    """One face; `box_xyxy` in pixels of the picture as it was sent, upright."""

    box_xyxy: tuple[float, float, float, float]
    liveness: LivenessOut


class LivenessAnswer(BaseModel):
    """Every face in a picture, whether it is live."""

    faces: list[LivenessOfFace]
    size_wh: tuple[int, int]


class ChallengeOut(BaseModel):
    """A challenge as it stands.

    task, words: what to do now; null at the end. failure: why it was not passed.
    verdict: live only if all was done and the face does not look like a picture.
    """

    id: str
    state: ChallengeState
    task: Task | None
    words: str | None
    done: int
    of: int = Field(description="how many tasks there are")
    failure: Failure | None
    verdict: LivenessState

    @classmethod
    def of_one(cls, one: UnderWay) -> ChallengeOut:
        challenge = one.challenge
        return cls(
            id=one.id,
            state=challenge.state,
            task=challenge.task,
            words=None if challenge.task is None else WORDS[challenge.task],
            done=challenge.done,
            of=len(challenge.tasks),
            failure=challenge.failure,
            verdict=one.verdict,
        )


@router.post("/liveness", max_body_size=ONE_PICTURE_BODY)
@allow(Scope.RECOGNIZE)
async def liveness(file: PictureFile, parts: Deps, trail: Trailing) -> LivenessAnswer:
    """Whether each face in a picture is a person before the camera or a picture of one."""
    if not parts.analyzer.liveness.on:
        raise ApiError(409, "liveness_off", "This server does not look: it runs with liveness off.")
    look = await parts.analyzer.analyze(await bytes_of(file))
    await run_in_threadpool(trail.note, "liveness", faces=len(look))
    return LivenessAnswer(
        faces=[
            LivenessOfFace(box_xyxy=box_of(look, face), liveness=verdict)
            for face, verdict in enumerate(map(LivenessOut.of, look.liveness))
            if verdict is not None
        ],
        size_wh=look.picture.size_wh,
    )


@router.post("/liveness/challenge", status_code=201)
@allow(Scope.RECOGNIZE)
async def start_challenge(parts: Deps, trail: Trailing) -> ChallengeOut:
    """Begins a challenge: send a frame every tenth of a second or so, and show `words`."""
    await run_in_threadpool(trail.note, "liveness.challenge")
    begun = parts.challenges.start(parts.analyzer.liveness.name, time.monotonic())
    return ChallengeOut.of_one(begun)


@router.post("/liveness/challenge/{challenge}/frames", max_body_size=ONE_PICTURE_BODY)
@allow(Scope.RECOGNIZE)
async def add_frame(challenge: Id, file: PictureFile, parts: Deps) -> ChallengeOut:
    """One more frame of whoever is challenged; its time is that of its arrival."""
    arrived_s = time.monotonic()
    face = await parts.analyzer.gesture(await bytes_of(file))
    return ChallengeOut.of_one(parts.challenges.after(challenge, face, arrived_s))
