"""Alerts, their deliveries and traces as rows."""

from __future__ import annotations

from collections.abc import Mapping

from lookout.server.storage.alert_records import Alert, Delivery, Trace
from lookout.server.storage.rows.row import Fields, ReadRow
from lookout.server.storage.vault import DataKey

_SUPPRESSED = "suppressed_by"
_ALERT = (
    *("id", "rule", "subject", "what", "state", "severity", "began_s", "updated_s", "person"),
    *("cluster", "camera", "sighting", "visit", "ended_s", "due_s", "told_s", "escalate_s"),
    *("acknowledged_by", "tag", "count"),
)
_DELIVERY = (
    *("id", "alert", "channel", "notice", "state", "created_s", "next_s", "attempts"),
    *("expires_s", "sent_s"),
)


def alert_fields(alert: Alert, key: DataKey) -> Fields:
    fields = {name: getattr(alert, name) for name in _ALERT}
    sealed = key.seal_json({_SUPPRESSED: alert.suppressed_by, **alert.detail})
    return {**fields, "sealed_detail": sealed}


def read_alert(row: ReadRow, key: DataKey) -> Alert:
    detail = {**key.open_mapping(row["sealed_detail"])}
    by = detail.pop(_SUPPRESSED, None)
    return Alert(
        **{name: row[name] for name in _ALERT},
        suppressed_by=by if isinstance(by, Mapping) else None,
        detail=detail,
    )


def resealed_alert(row: ReadRow, old_key: DataKey, person: str, key: DataKey) -> Fields:
    """What changes of an alert that is given to another person."""
    return {
        "person": person,
        "subject": f"person:{person}",
        "sealed_detail": key.seal(old_key.open(row["sealed_detail"])),
    }


def delivery_fields(delivery: Delivery, key: DataKey) -> Fields:
    fields = {name: getattr(delivery, name) for name in _DELIVERY}
    return {**fields, "sealed_answer": key.seal(delivery.answer.encode())}


def read_delivery(row: ReadRow, key: DataKey) -> Delivery:
    answer = key.open(row["sealed_answer"]).decode()
    return Delivery(**{name: row[name] for name in _DELIVERY}, answer=answer)


def trace_fields(trace: Trace, key: DataKey) -> Fields:
    return {
        "sighting": trace.sighting,
        "rule": trace.rule,
        "at_s": trace.at_s,
        "alert": trace.alert,
        "outcome": trace.outcome,
        "sealed_words": key.seal(trace.words.encode()),
    }


def read_trace(row: ReadRow, key: DataKey) -> Trace:
    return Trace(
        row["rule"],
        row["sighting"],
        row["at_s"],
        row["alert"],
        row["outcome"],
        key.open(row["sealed_words"]).decode(),
    )
