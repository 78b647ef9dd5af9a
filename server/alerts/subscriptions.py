"""The browsers that show alerts, in the store; the key by which push services know this server."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lookout.server.alerts.definitions_io import CHANNEL, Noun, from_definition, to_definition
from lookout.server.alerts.documents.channel import Channel
from lookout.server.alerts.documents.push import (
    PushIdentity,
    PushSubscription,
    PushSubscriptionBody,
    WebPushSettings,
)
from lookout.server.alerts.errors import BadDefinition
from lookout.server.storage.alert_records import Definition
from lookout.server.storage.errors import NotFound
from lookout.server.storage.records import new_id
from lookout.server.storage.store import Store

SUBSCRIPTION = Noun("push_subscription", PushSubscriptionBody, PushSubscription, "sub_")
IDENTITY = "push_identity"
MOST_OF_A_USER = 20
MOST = 1000

Knows = Callable[[str, str], bool]
"""Whether a user, by id, may know of a camera, by name; the camera is empty where an alert is about
none."""


def nobody_knows(_user: str, _camera: str) -> bool:
    """Where there are no users."""
    return False


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """Any thread. Every method raises StorageError."""

    store: Store
    knows: Knows = nobody_knows

    def all(self) -> tuple[PushSubscription, ...]:
        kept = self.store.definitions.all(SUBSCRIPTION.kind)
        return tuple(from_definition(PushSubscription, one) for one in kept)

    def told(self, channel: str, camera: str) -> Sequence[PushSubscription]:
        """Those of a channel whose owner may know of this camera now."""
        own = (one for one in self.all() if one.channel == channel)
        return [one for one in own if self.knows(one.user, camera)]

    def add(self, body: PushSubscriptionBody, user: str, now_s: float) -> PushSubscription:
        """Keeps a browser of this user; the same browser takes its own place. Raises NotFound where
        the channel is not there, and BadDefinition."""
        channel = from_definition(Channel, self.store.definitions.get(CHANNEL.kind, body.channel))
        settings = channel.parsed
        if not isinstance(settings, WebPushSettings):
            raise BadDefinition(f"the channel '{channel.name}' does not tell browsers")
        if not settings.may_send_to(body.subscription.endpoint):
            raise BadDefinition(
                "this browser is told by a service that is not among the channel's `services`; an "
                "admin can add its host there"
            )
        fields = {name: getattr(body, name) for name in PushSubscriptionBody.model_fields}
        with self.store.transaction():
            kept = self.all()
            for one in kept:
                if one.subscription.endpoint == body.subscription.endpoint:
                    self.drop(one.id)
            mine = [one for one in self.all() if one.user == user]
            if len(mine) >= MOST_OF_A_USER or len(kept) >= MOST:
                raise BadDefinition("there are too many browsers already: remove one first")
            made = PushSubscription.model_construct(
                **fields, id=SUBSCRIPTION.prefix + new_id(), user=user, created=now_s
            )
            self.store.definitions.put(to_definition(SUBSCRIPTION, made))
        return made

    def get(self, name: str) -> PushSubscription:
        """Raises NotFound."""
        return from_definition(
            PushSubscription, self.store.definitions.get(SUBSCRIPTION.kind, name)
        )

    def drop(self, name: str) -> None:
        """Forgets a browser, where it is there."""
        try:
            self.store.definitions.delete(SUBSCRIPTION.kind, name)
        except NotFound:
            return

    def identity(self, make: Callable[[], str]) -> str:
        """The key, in PEM; `make` makes one where there is none yet."""
        with self.store.transaction():
            try:
                kept = self.store.definitions.get(IDENTITY, IDENTITY)
            except NotFound:
                pem = make()
                self.store.definitions.put(Definition(IDENTITY, IDENTITY, {"pem": pem}))
                return pem
        return from_definition(PushIdentity, kept).pem.get_secret_value()
