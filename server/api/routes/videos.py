"""Videos: who was seen in them and when, as a job in the background."""

from __future__ import annotations

import math
import pathlib
import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

import cv2
from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, StringConstraints
from starlette.concurrency import run_in_threadpool

from lookout.server.accounts.scopes import Scope
from lookout.server.api.dependencies import Dependencies, Deps
from lookout.server.api.errors.api_error import ApiError, Overloaded
from lookout.server.api.routes.jobs import JobOut
from lookout.server.api.schemas.common import JPEG_ANSWER, Id
from lookout.server.api.security.audit_trail import Trail, Trailing
from lookout.server.api.security.authorization import Guarded, allow
from lookout.server.api.services.job_runner import BackgroundJob, JobState, Progress
from lookout.server.api.services.video_store import Video
from lookout.server.api.services.video_upload import FIELD, NO_ROOM, receive_video
from lookout.server.recognize.annotated_video import AnnotatedCopy
from lookout.server.recognize.errors import BadVideo
from lookout.server.recognize.footage import FEWEST_FPS, USUAL_FPS, Footage, VideoLimits
from lookout.server.recognize.isolated_video import IsolatedVideo
from lookout.server.recognize.serialization import video_to_json
from lookout.server.recognize.timeline_plot import timeline_picture
from lookout.server.recognize.track_log import MAX_TRACKS
from lookout.server.recognize.video import recognize_footage
from lookout.server.storage.errors import NotFound

router = APIRouter(prefix="/api/v1", route_class=Guarded, tags=["videos"])

VIDEO_BODY = 2 << 30
LIMITS = VideoLimits(duration_s=4 * 3600.0, frames=1_000_000, pixels=9_000_000)
"""Of videos that are sent: four hours, 4096×2160 pixels."""
COPY_BYTES = 2 << 30
SPARE_BYTES = 256 << 20
"""So much of the disk is left to everything else."""
KIND = "video"

UPLOAD_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": [FIELD],
                    "properties": {FIELD: {"type": "string", "format": "binary"}},
                }
            }
        },
    }
}
PNG_ANSWER: dict[int | str, dict[str, Any]] = {200: {"content": {"image/png": {}}}}
MP4_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {"content": {"video/mp4": {}}},
    206: {"content": {"video/mp4": {}}},
}

Fps = Annotated[
    float, Query(ge=FEWEST_FPS, le=30, description="frames of a second that are looked at")
]
Copy = Annotated[bool, Query(description="make an annotated copy, too")]


class Stored(BaseModel):
    """A video that lies in the folder of `--video-folder`, by its path below it."""

    path: Annotated[str, StringConstraints(min_length=1, max_length=1000)]


@router.post("/videos", status_code=202, max_body_size=VIDEO_BODY, openapi_extra=UPLOAD_BODY)
@allow(Scope.RECOGNIZE)
async def recognize_video(
    request: Request, parts: Deps, trail: Trailing, fps: Fps = USUAL_FPS, copy: Copy = True
) -> JobOut:
    """Find out who is in a video that is sent, and when; answers with the job that does it."""
    length = request.headers.get("content-length", "")
    wanted = int(length) if length.isdecimal() else 0

    def has_room(more: int = 0) -> bool:
        return parts.videos.free_bytes >= SPARE_BYTES + more

    if not has_room(wanted):
        raise Overloaded(NO_ROOM, 3600.0)
    with parts.video_uploads.take():
        video = await run_in_threadpool(parts.videos.new)
        try:
            name = await receive_video(request, video.source, has_room)
            return await run_in_threadpool(
                _submit, video, video.source, name or "video", parts, trail, fps, copy
            )
        except BaseException:
            parts.videos.remove(video.id)
            raise


@router.post("/videos/stored", status_code=202)
@allow(Scope.RECOGNIZE)
def recognize_stored_video(
    given: Stored, parts: Deps, trail: Trailing, fps: Fps = USUAL_FPS, copy: Copy = True
) -> JobOut:
    """The same for a video that lies on the server, in the folder that its operator allows."""
    path = _stored(parts.video_folder, given.path)
    with parts.video_uploads.take():
        video = parts.videos.new()
        try:
            return _submit(video, path, given.path, parts, trail, fps, copy)
        except BaseException:
            parts.videos.remove(video.id)
            raise


@router.get("/videos/{video}")
@allow(Scope.RECOGNIZE)
def video_job(video: Id, parts: Deps, trail: Trailing) -> JobOut:
    """How far a video is and, at the end, its timeline, its tracks and where its pictures are."""
    job = _job(parts, video)
    if job.state is JobState.DONE:
        trail.note("video.read", video)
    return JobOut.of(job)


@router.delete("/videos/{video}")
@allow(Scope.RECOGNIZE)
def forget_video(video: Id, parts: Deps, trail: Trailing) -> JobOut:
    """Cancel a video's job if it has not ended, and remove all that was made of the video."""
    job = parts.jobs.cancel(_job(parts, video).id)
    if job.ended_at is not None:
        parts.videos.remove(video)
    trail.note("video.delete", video)
    return JobOut.of(job)


@router.get("/videos/{video}/annotated.mp4", response_class=FileResponse, responses=MP4_ANSWER)
@allow(Scope.RECOGNIZE)
def annotated_video(video: Id, parts: Deps, trail: Trailing) -> FileResponse:
    """The annotated copy: H.264 with its sound, which browsers play, where the server has the extra
    `video`; else MPEG-4 Part 2 without sound, which media players show."""
    path = parts.videos.get(video).annotated
    if not path.is_file():
        raise NotFound("there is no annotated copy of this video (yet)")
    trail.note("video.annotated", video)
    return FileResponse(path, media_type="video/mp4")


@router.get("/videos/{video}/timeline.png", response_class=Response, responses=PNG_ANSWER)
@allow(Scope.RECOGNIZE)
def timeline_image(video: Id, parts: Deps, trail: Trailing) -> Response:
    """Who was seen when, as a picture."""
    png = parts.videos.get(video).timeline()
    trail.note("video.timeline", video)
    return Response(png, media_type="image/png")


@router.get("/videos/{video}/crops/{number}.jpg", response_class=Response, responses=JPEG_ANSWER)
@allow(Scope.RECOGNIZE)
def crop_image(
    video: Id,
    number: Annotated[int, Path(ge=1, le=MAX_TRACKS)],
    parts: Deps,
    trail: Trailing,
) -> Response:
    """The best view of one track."""
    jpeg = parts.videos.get(video).crop(number)
    trail.note("video.crop", video, crop=number)
    return Response(jpeg, media_type="image/jpeg")


def _job(parts: Dependencies, video: str) -> BackgroundJob:
    job = parts.jobs.get(video)
    if job.kind != KIND:
        raise NotFound("there is no such video")
    return job


def _stored(folder: pathlib.Path | None, path: str) -> pathlib.Path:
    if folder is None:
        words = "no folder of videos is allowed: start the server with --video-folder DIR"
        raise ApiError(403, "not_allowed", words)
    # the same words for all: who asks learns nothing of what lies elsewhere
    missing = NotFound(f"there is no {path!r:.100} in the folder of videos")
    try:
        found = (folder / path).resolve()
        if not found.is_relative_to(folder.resolve()) or not found.is_file():
            raise missing
    except (OSError, ValueError) as error:  # a name that no file can have
        raise missing from error
    return found


def _submit(
    video: Video,
    path: pathlib.Path,
    name: str,
    parts: Dependencies,
    trail: Trail,
    fps: float,
    copy: bool,
) -> JobOut:
    try:
        footage = IsolatedVideo(path, name[:200], looks_per_s=fps, every=copy, limits=LIMITS)
    except BadVideo as error:
        raise ApiError(422, "bad_video", str(error)) from error
    trail.note("video", video.id)

    def work(progress: Progress, stop: threading.Event) -> Mapping[str, Any]:
        return _recognized(video, footage, path, parts, trail, copy, progress, stop)

    def ended(job: BackgroundJob) -> None:
        if job.state is JobState.DONE:
            video.remove_source()
        else:
            parts.videos.remove(video.id)

    job = parts.jobs.submit(
        KIND, trail.actor.name, work, right=Scope.RECOGNIZE, job_id=video.id, ended=ended
    )
    return JobOut.of(job)


def _recognized(
    video: Video,
    footage: Footage,
    path: pathlib.Path,
    parts: Dependencies,
    trail: Trail,
    copy: bool,
    progress: Progress,
    stop: threading.Event,
) -> dict[str, Any]:
    known = parts.known.renew()
    recognition = replace(parts.recognition, gallery=lambda: known.by_label).frozen()

    def seconds(done_s: float, total_s: float | None) -> None:
        progress(int(done_s), math.ceil(total_s or done_s))

    room = max(0, parts.videos.free_bytes - SPARE_BYTES)
    most = min(COPY_BYTES, room)
    with AnnotatedCopy(video.annotated, footage.rate, most, sound_of=path) as annotated:
        seen = recognize_footage(
            footage, recognition, video.keep_crop, annotated if copy else None, seconds, stop
        )
        if stop.is_set():
            return {}
        made = copy and annotated.finish()
    progress(math.ceil(seen.seconds), math.ceil(seen.seconds))
    picture = timeline_picture(seen.name, seen.timeline, seen.seconds, video.crop_at)
    video.keep_timeline(cv2.imencode(".png", picture)[1].tobytes())
    found = {
        line.name: known.ids[line.name] for line in seen.timeline.lines if line.name is not None
    }
    trail.note("video.recognized", video.id, tracks=len(seen.tracks), known=list(found.values()))
    address = f"/api/v1/videos/{video.id}"
    return {
        **video_to_json(seen),
        "people": found,
        "annotated": f"{address}/annotated.mp4" if made else None,
        "timeline_picture": f"{address}/timeline.png",
    }
