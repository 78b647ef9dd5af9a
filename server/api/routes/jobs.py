"""Jobs: the import of a registry of people, its progress and the verdict of every row."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, UploadFile
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from lookout.faces.photo.judgement import Quality
from lookout.server.accounts.scopes import Scope
from lookout.server.api.dependencies import Dependencies, Deps
from lookout.server.api.errors.api_error import ApiError, BadRequest
from lookout.server.api.schemas.common import Id
from lookout.server.api.security.audit_trail import Trail, Trailing
from lookout.server.api.security.authorization import Guarded, allow, allow_any
from lookout.server.api.services.base_path import placed
from lookout.server.api.services.job_runner import BackgroundJob, JobState, Progress
from lookout.server.api.services.multipart import bytes_of
from lookout.server.registry.importer import ImportOptions, RegistryImport, run_id
from lookout.server.registry.pictures import Pictures
from lookout.server.registry.row_report import RowReport
from lookout.server.registry.rows import MAX_FILE_BYTES, parse_rows

router = APIRouter(prefix="/api/v1", route_class=Guarded, tags=["jobs"])

IMPORT_BODY = 512 << 20
MAX_PHOTOGRAPHS = 5000


class JobOut(BaseModel):
    """One job. `done` of `total` rows, or seconds of video; `result` is there once it has ended."""

    id: str
    kind: str
    state: JobState
    actor: str
    created_at: float
    ended_at: float | None
    done: int
    total: int
    result: dict[str, Any]
    error: str

    @classmethod
    def of(cls, job: BackgroundJob) -> JobOut:
        return cls(
            id=job.id,
            kind=job.kind,
            state=job.state,
            actor=job.actor,
            created_at=job.created_at,
            ended_at=job.ended_at,
            done=job.done,
            total=job.total,
            result=placed(dict(job.result)),
            error=job.error,
        )


class SentPictures(Pictures):
    """Photographs that were sent with the table, by file name; URLs as ever."""

    def __init__(self, sent: Mapping[str, bytes]) -> None:
        super().__init__(None)
        self._sent = sent

    def get(self, name: str) -> bytes:
        return self._sent[name] if name in self._sent else super().get(name)


@router.post("/imports", status_code=202, max_body_size=IMPORT_BODY)
@allow(Scope.PEOPLE_WRITE)
async def import_registry(
    registry: Annotated[UploadFile, File(description="the table, .xlsx or .csv")],
    parts: Deps,
    trail: Trailing,
    photographs: Annotated[
        list[UploadFile],
        File(description="the photographs it names", max_length=MAX_PHOTOGRAPHS),
    ] = [],  # noqa: B006 - FastAPI copies it
    dry_run: Annotated[bool, Form(description="say what would be done, and do nothing")] = False,
    quality: Annotated[
        Quality, Form(description="how good a photograph must be")
    ] = Quality.STANDARD,
    use_poor: Annotated[bool, Form(description="learn from poor photographs, too")] = False,
) -> JobOut:
    """Bring a registry of people in: one row a person, with a verdict for each.

    The first row has headings: name, identifier, image (the file name of a photograph, or a URL);
    every further column is kept as information about the person. The same table a second time
    changes nothing; one that was cut off goes on behind its last row.
    """
    if not registry.filename:
        raise BadRequest("bad_import", "the table has no file name: .csv or .xlsx is needed")
    content = await registry.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        message = f"the table is too large: at most {MAX_FILE_BYTES >> 20} MiB are read"
        raise ApiError(413, "too_large", message)
    rows = await run_in_threadpool(parse_rows, content, registry.filename)
    sent = {file.filename or "": await bytes_of(file) for file in photographs}

    options = ImportOptions(quality, use_poor, dry_run)

    def work(progress: Progress, stop: threading.Event) -> Mapping[str, Any]:
        examiner = parts.analyzer.examiner
        job = RegistryImport(parts.store, examiner, SentPictures(sent), options)
        run = run_id(content, examiner, options)
        reports = job.run(rows, run, time.time, lambda done, all_, _: progress(done, all_), stop)
        if len(reports) == len(rows):
            job.finish(run)
        parts.known.renew()
        return _told(reports, len(rows))

    def submit() -> BackgroundJob:
        trail.note("import", rows=len(rows), dry_run=dry_run)
        return parts.jobs.submit("import", trail.actor.name, work, right=Scope.PEOPLE_WRITE)

    return JobOut.of(await run_in_threadpool(submit))


@router.get("/jobs")
@allow_any(Scope.PEOPLE_WRITE, Scope.RECOGNIZE)
def jobs(parts: Deps, trail: Trailing) -> list[JobOut]:
    """The jobs since the server started whose results one may read, latest first."""
    found = [job for job in parts.jobs.all() if trail.actor.may(Scope(job.right))]
    for job in found:
        _note_reading(trail, job)
    return [JobOut.of(job) for job in found]


@router.get("/jobs/{job}")
@allow_any(Scope.PEOPLE_WRITE, Scope.RECOGNIZE)
def job(job: Id, parts: Deps, trail: Trailing) -> JobOut:
    """One job, and what it found out once it has ended. It needs the right of what it makes."""
    found = _permitted(parts, trail, job)
    _note_reading(trail, found)
    return JobOut.of(found)


@router.post("/jobs/{job}/cancel")
@allow_any(Scope.PEOPLE_WRITE, Scope.RECOGNIZE)
def cancel(job: Id, parts: Deps, trail: Trailing) -> JobOut:
    """Let a job end after its present step; of an import, the rows before stay."""
    found = parts.jobs.cancel(_permitted(parts, trail, job).id)
    trail.note("job.cancel", found.id)
    return JobOut.of(found)


def _permitted(parts: Dependencies, trail: Trail, job: str) -> BackgroundJob:
    """Raises NotFound, and Forbidden without the right of what the job makes."""
    found = parts.jobs.get(job)
    trail.actor.require(Scope(found.right))
    return found


def _note_reading(trail: Trail, job: BackgroundJob) -> None:
    if job.state is JobState.DONE:
        trail.note(f"{job.kind}.read", job.id)


def _told(reports: tuple[RowReport, ...], rows: int) -> dict[str, Any]:
    return {
        "rows": rows,
        "counts": dict(Counter(report.verdict.value for report in reports)),
        "reports": [
            {
                "row": report.row,
                "name": report.name,
                "identifier": report.identifier,
                "verdict": report.verdict.value,
                "words": report.message,
                "person": report.person,
            }
            for report in reports
        ],
    }
