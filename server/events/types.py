"""The types of events, and the names that some of them had before."""

from __future__ import annotations

from enum import StrEnum


class EventType(StrEnum):
    """What happened, as `noun.verb`.

    sighting.updated:   seen again, better, or as somebody else. sighting.ended: by the server; a
                        sighting that goes on all the same is `sighting.updated` again.
    sighting.corrected: somebody has named, rejected or deleted it.
    unknown.began:      a face like which there was none.
    picture.recognized: a picture that was sent over Kafka has its answer. picture.failed: it was
                        none, or waited for too long.
    """

    SIGHTING_BEGAN = "sighting.began"
    SIGHTING_UPDATED = "sighting.updated"
    SIGHTING_ENDED = "sighting.ended"
    SIGHTING_CORRECTED = "sighting.corrected"
    VISIT_BEGAN = "visit.began"
    VISIT_ENDED = "visit.ended"
    UNKNOWN_BEGAN = "unknown.began"
    UNKNOWN_NAMED = "unknown.named"
    UNKNOWN_MERGED = "unknown.merged"
    UNKNOWN_SPLIT = "unknown.split"
    ALERT_PENDING = "alert.pending"
    ALERT_FIRING = "alert.firing"
    ALERT_ACKNOWLEDGED = "alert.acknowledged"
    ALERT_RESOLVED = "alert.resolved"
    ALERT_SUPPRESSED = "alert.suppressed"
    CAMERA_ONLINE = "camera.online"
    CAMERA_LOST = "camera.lost"
    CAMERA_CHANGED = "camera.changed"
    PERSON_ENROLLED = "person.enrolled"
    PERSON_RENAMED = "person.renamed"
    PERSON_MERGED = "person.merged"
    PERSON_FORGOTTEN = "person.forgotten"
    JOB_PROGRESS = "job.progress"
    JOB_DONE = "job.done"
    JOB_FAILED = "job.failed"
    LIVENESS_SUSPECTED = "liveness.suspected"
    PICTURE_RECOGNIZED = "picture.recognized"
    PICTURE_FAILED = "picture.failed"
    MODEL_LOADED = "model.loaded"
    MODEL_UNLOADED = "model.unloaded"

    @property
    def noun(self) -> str:
        """What it happened to."""
        return self.value.partition(".")[0]


class OldKind(StrEnum):
    """Names of before, which stay valid.

    person_seen, unknown_seen: a sighting began, or turned out to show somebody else.
    """

    PERSON_SEEN = "person_seen"
    UNKNOWN_SEEN = "unknown_seen"
    CAMERA_ONLINE = "camera_online"
    CAMERA_LOST = "camera_lost"
