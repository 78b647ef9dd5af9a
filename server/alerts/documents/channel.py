"""Channels: by what, with which settings, and what of a person may leave by it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, StringConstraints, model_validator

from lookout.server.alerts.documents.document import Document, IdText, Name
from lookout.server.alerts.documents.push import WebPushSettings
from lookout.server.alerts.templates import Template

MASK = "********"
"""What is shown in the place of a secret; given back, it leaves the secret as it is."""

Host = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.:_-]{1,253}$")]
Port = Annotated[int, Field(ge=1, le=65535)]
Address = Annotated[
    str, StringConstraints(pattern=r"^[^\s@<>,;\"]+@[^\s@<>,;\"]+$", max_length=254)
]
Header = Annotated[str, StringConstraints(pattern=r"^[\x20-\x7e]*$", max_length=1000)]
HeaderName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,100}$")]


def _http_address(url: str) -> str:
    try:
        parts = urlsplit(url)
        port_fits = parts.port is None or parts.port > 0
    except ValueError as error:
        raise ValueError(f"this is no address: {error}") from error
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_fits:
        raise ValueError("an address is http://… or https://…")
    if parts.username is not None or parts.password is not None:
        raise ValueError("put no password into the address: sign the message with a secret")
    return url


Url = Annotated[str, StringConstraints(max_length=2000), AfterValidator(_http_address)]


class ChannelKind(StrEnum):
    """By what a channel tells."""

    APPRISE = "apprise"
    EMAIL = "email"
    WEBHOOK = "webhook"
    FILE = "file"
    WEBPUSH = "webpush"


class AppriseSettings(Document):
    """An Apprise address, as `ntfys://host/topic`; it holds tokens, so all of it is a secret."""

    url: SecretStr = Field(min_length=1, max_length=2000)


class EmailSettings(Document):
    """A mail server. `starttls` and `tls` check its certificate."""

    host: Host
    port: Port = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: Annotated[str, StringConstraints(max_length=254)] = ""
    password: SecretStr = SecretStr("")
    sender: Address
    recipients: tuple[Address, ...] = Field(min_length=1, max_length=20)

    @model_validator(mode="after")
    def _no_password_in_the_clear(self) -> EmailSettings:
        if self.user and self.security == "none":
            raise ValueError(
                "a password is not sent without encryption: set security to 'starttls' or 'tls', "
                "or leave user away"
            )
        return self


class WebhookSettings(Document):
    """An address that is sent JSON, or what the template makes.

    secret: signs each message with HMAC-SHA256. opens: it opens something, so it is told of a
        decided name with a margin only, within seconds or not at all.
    """

    url: Url
    secret: SecretStr = SecretStr("")
    template: Template | None = None
    content_type: Header = "application/json"
    headers: dict[HeaderName, Header] = Field(default_factory=dict, max_length=20)
    opens: bool = False


class FileSettings(Document):
    """A log of JSON lines in the folder `alerts` of the data folder."""

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,80}$")] = (
        "alerts.jsonl"
    )
    max_bytes: int = Field(default=10_000_000, ge=10_000, le=10_000_000_000)
    max_days: float = Field(default=7.0, gt=0, le=3660)
    keep: int = Field(default=8, ge=1, le=1000)


class Leaves(Document):
    """What of a person leaves by the channel; None: by its kind. Only the file log, which leaves
    nothing, has names by itself."""

    name: bool | None = None
    picture: bool = False


Settings = AppriseSettings | EmailSettings | WebhookSettings | FileSettings | WebPushSettings

SETTINGS: Mapping[ChannelKind, type[Settings]] = {
    ChannelKind.APPRISE: AppriseSettings,
    ChannelKind.EMAIL: EmailSettings,
    ChannelKind.WEBHOOK: WebhookSettings,
    ChannelKind.FILE: FileSettings,
    ChannelKind.WEBPUSH: WebPushSettings,
}


class ChannelBody(Document):
    """A way out. `settings` are those of its kind. owner: the user, by id, who reads it, where it
    is one person's: then it is told only of what they may know."""

    name: Name
    kind: ChannelKind
    enabled: bool = True
    owner: IdText | None = None
    settings: dict[str, Any] = Field(repr=False)
    leaves: Leaves = Leaves()

    @model_validator(mode="after")
    def _settings_of_its_kind(self) -> ChannelBody:
        _ = self.parsed
        return self

    @property
    def parsed(self) -> Settings:
        return SETTINGS[self.kind].model_validate(self.settings)

    @property
    def names_leave(self) -> bool:
        if self.leaves.name is None:
            return self.kind is ChannelKind.FILE
        return self.leaves.name

    @property
    def opens(self) -> bool:
        parsed = self.parsed
        return isinstance(parsed, WebhookSettings) and parsed.opens

    def masked(self) -> dict[str, Any]:
        """The settings as they are shown: every one, and MASK for each secret that is set."""
        shown = self.parsed.model_dump(mode="json")
        for name, value in self.parsed:
            if isinstance(value, SecretStr):
                shown[name] = MASK if value.get_secret_value() else ""
        return shown

    def with_secrets_of(self, before: ChannelBody) -> ChannelBody:
        """The same, with the secrets of `before` where only their mask was given. An address that
        is another one does not get them."""
        kept = dict(self.settings)
        for name, value in before.settings.items():
            if kept.get(name) == MASK and _same_target(self.settings, before.settings):
                kept[name] = value
        return self.model_copy(update={"settings": kept})


def _same_target(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two settings lead to one machine: a secret is not shown to another one."""
    for name in ("host", "port"):
        if name in other and one.get(name) != other.get(name):
            return False
    if "secret" not in other or other.get("url") == one.get("url"):
        return True
    here, there = urlsplit(str(one.get("url"))), urlsplit(str(other.get("url")))
    return (here.scheme, here.netloc) == (there.scheme, there.netloc)


class Channel(ChannelBody):
    """A channel that is kept."""

    id: str
