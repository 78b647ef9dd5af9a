"""Alerts, their deliveries and explanations as JSON."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field

from lookout.server.alerts.delivery.maker import MessageMaker
from lookout.server.alerts.delivery.words import title_words
from lookout.server.alerts.documents.channel import ChannelKind, Leaves
from lookout.server.alerts.documents.rule import RuleBody
from lookout.server.alerts.explaining import Explanation
from lookout.server.alerts.rules.definitions import Definitions
from lookout.server.alerts.writing import plain_alert
from lookout.server.api.services.base_path import Address
from lookout.server.events.cameras import CameraIds
from lookout.server.storage.alert_records import Alert, Delivery


class SuppressionOut(BaseModel):
    """What kept an alert from being told: a list, silence, alert, cooldown; until when."""

    kind: str
    id: str
    until: float | None
    words: str


class DeliveryOut(BaseModel):
    """One message for one channel. `answer` is what the other side said last."""

    id: str
    channel: str
    notice: str
    state: str
    attempts: int
    answer: str | None
    last_error: str | None
    next_at: float | None
    sent_at: float | None

    @classmethod
    def of(cls, delivery: Delivery) -> DeliveryOut:
        sent, waits = delivery.state == "sent", delivery.state == "waiting"
        answer = delivery.answer or None
        return cls(
            id=delivery.id,
            channel=delivery.channel,
            notice=delivery.notice,
            state=delivery.state,
            attempts=delivery.attempts,
            answer=answer if sent else None,
            last_error=None if sent else answer,
            next_at=delivery.next_s if waits else None,
            sent_at=delivery.sent_s,
        )


class AlertOut(BaseModel):
    """Something that a rule told of, or would have. Times are Unix seconds."""

    id: str
    rule: str
    rule_name: str | None
    state: str
    suppressed_by: SuppressionOut | None
    severity: str
    what: str
    title: str
    person: str | None
    cluster: str | None
    camera: str | None
    camera_name: str | None
    visit: str | None
    sighting: str | None
    began: float
    updated: float
    ended: float | None
    acknowledged_by: str | None
    tag: str
    count: int
    detail: dict[str, Any]
    image: Address | None
    deliveries: list[DeliveryOut]

    @classmethod
    def of(
        cls,
        alert: Alert,
        deliveries: list[Delivery],
        world: Definitions,
        maker: MessageMaker,
        directory: CameraIds,
        *,
        with_name: bool,
    ) -> AlertOut:
        rule = world.rules_by_id.get(alert.rule)
        names = maker.names(alert, world, with_name=with_name)
        image = f"/api/v1/sightings/{alert.sighting}/image" if alert.sighting else None
        camera = directory.id_of(alert.camera) if alert.camera else None
        return cls(
            **plain_alert(alert) | {"camera": camera},
            camera_name=alert.camera or None,
            rule_name=rule.name if rule else None,
            title=title_words(alert, "told", names),
            image=image,
            deliveries=[DeliveryOut.of(one) for one in deliveries if one.alert == alert.id],
        )


class ExplanationOut(BaseModel):
    """What one rule says of a sighting: matched, or the first condition that did not hold."""

    rule: str
    rule_name: str
    matched: bool
    outcome: str
    words: str
    alert: str | None

    @classmethod
    def of(cls, found: Explanation) -> ExplanationOut:
        return cls(
            rule=found.rule.id,
            rule_name=found.rule.name,
            matched=found.matched,
            outcome=found.outcome,
            words=found.words,
            alert=found.alert or None,
        )


class ExplanationsOut(BaseModel):
    """The answers of all rules."""

    sighting: str
    rules: list[ExplanationOut]


class ChannelOut(BaseModel):
    """A channel. Secrets in `settings` are `********`; given back so, they stay as they are."""

    id: str
    name: str
    kind: ChannelKind
    enabled: bool
    owner: str | None
    settings: dict[str, Any]
    leaves: Leaves
    state: str


class AnswerOut(BaseModel):
    """Whether a test message was taken, and what the other side said."""

    taken: bool
    answer: str


class Trial(BaseModel):
    """A rule that is to be tried on what has happened, of the last day or since `since`."""

    rule: RuleBody
    since: Annotated[float, Field(ge=0, le=1e11)] | None = None
    until: Annotated[float, Field(ge=0, le=1e11)] | None = None


class TriedOut(BaseModel):
    """What a tried rule would have led to, in its order."""

    at: float
    notice: str | None
    what: str
    person: str | None
    cluster: str | None
    camera: str
    sighting: str | None
    words: str
    suppressed_by: SuppressionOut | None


class TriedAllOut(BaseModel):
    """Everything that a tried rule would have led to."""

    items: list[TriedOut]
