"""Each channel against a real server on this machine that takes, refuses, stumbles or is silent."""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import trustme

from lookout.server.alerts.channels.apprise_channel import AppriseChannel
from lookout.server.alerts.channels.email import Email
from lookout.server.alerts.channels.file_log import FileLog
from lookout.server.alerts.channels.webhook import Webhook, signature
from lookout.server.alerts.delivery.message import AlertMessage
from lookout.server.alerts.documents.channel import (
    MASK,
    AppriseSettings,
    ChannelBody,
    EmailSettings,
    FileSettings,
    WebhookSettings,
)
from lookout.server.alerts.errors import CannotOpen, ChannelRefused, NotDelivered
from lookout.server.alerts.templates import FIELDS
from tests.support.alerts import NOON_S
from tests.support.receivers import HttpReceiver, MailReceiver

JPEG = b"\xff\xd8\xff\xe0 a picture \xff\xd9"


def message(jpeg: bytes | None = None, **fields: str) -> AlertMessage:
    given = {
        **dict.fromkeys(FIELDS, ""),
        "who": 'Ada "the first"',
        "camera": "door",
        "date": "2026-11-28",
        "time": "12:00:00",
        "title": "Ada, door",
        "site": "Home",
        **fields,
    }
    data = {"id": "del_1", "title": given["title"]}
    return AlertMessage(
        "del_1", "alr_1", "told", "warning", given["title"], "some text", "", given, data, jpeg
    )


def webhook(url: str, **settings: Any) -> WebhookSettings:
    return WebhookSettings.model_validate({"url": url} | settings)


def test_a_webhook_is_signed_and_names_its_message() -> None:
    with HttpReceiver() as receiver:
        opened = Webhook(webhook(f"{receiver.url}/a?b=1", secret="s3cret"), lambda: NOON_S)
        assert opened.send(message()) == '200 OK {"said": "200"}'
    (request,) = receiver.requests
    assert request.path == "/a?b=1"
    assert request.json == {"id": "del_1", "title": "Ada, door"}
    assert request.headers["Idempotency-Key"] == "del_1"
    stamp = request.headers["Lookout-Timestamp"]
    assert stamp == str(int(NOON_S))
    assert request.headers["Lookout-Signature"] == signature("s3cret", stamp, request.body)


def test_a_webhooks_template_stays_json_whatever_a_name_holds() -> None:
    with HttpReceiver() as receiver:
        settings = webhook(receiver.url, template='{"message": "{who} at {camera}", "x": {}}')
        Webhook(settings).send(message())
    assert receiver.requests[0].json == {"message": 'Ada "the first" at door', "x": {}}


@pytest.mark.parametrize(
    ("answer", "error", "retry_after_s"),
    [
        ((429, {"Retry-After": "7"}), NotDelivered, 7.0),
        ((429, {"Retry-After": "Sat, 28 Nov 2026 12:00:20 GMT"}), NotDelivered, 20.0),
        ((503, {}), NotDelivered, None),
        ((500, {"Retry-After": "soon"}), NotDelivered, None),
        ((404, {}), ChannelRefused, None),
        ((302, {"Location": "http://127.0.0.1:1/"}), ChannelRefused, None),
    ],
)
def test_a_webhook_says_what_the_other_side_answered(
    answer: tuple[int, Mapping[str, str]],
    error: type[NotDelivered],
    retry_after_s: float | None,
) -> None:
    with HttpReceiver([answer]) as receiver:
        with pytest.raises(NotDelivered, match=f"answered {answer[0]}") as raised:
            Webhook(webhook(receiver.url), lambda: 1_795_867_200.0).send(message())
        assert len(receiver.requests) == 1  # no redirect is followed
    assert type(raised.value) is error
    assert raised.value.retry_after_s == retry_after_s


def test_a_webhook_that_never_answers_is_given_up() -> None:
    with HttpReceiver([None]) as receiver:
        with pytest.raises(NotDelivered, match="did not answer within"):
            Webhook(webhook(receiver.url), read_s=0.3).send(message())
        receiver.end.set()


def test_a_webhook_that_is_not_there_cannot_be_reached() -> None:
    with HttpReceiver() as receiver:
        url = receiver.url
    with pytest.raises(NotDelivered, match="cannot be reached"):
        Webhook(webhook(url)).send(message())


def test_a_webhook_trusts_only_certificates_that_are_signed() -> None:
    authority = trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(server)
    client = ssl.create_default_context()
    authority.configure_trust(client)
    with HttpReceiver(tls=server) as receiver:
        with pytest.raises(NotDelivered, match="CERTIFICATE_VERIFY_FAILED"):
            Webhook(webhook(receiver.url)).send(message())
        assert Webhook(webhook(receiver.url), tls=client).send(message()).startswith("200")


@pytest.mark.parametrize(
    "url", ["ftp://a/b", "file:///etc/passwd", "http://", "http://a:99999/", "http://u:p@a/"]
)
def test_an_address_that_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="address"):
        webhook(url)


def test_a_log_has_whole_lines_and_is_rotated_by_size(tmp_path: Path) -> None:
    settings = FileSettings(max_bytes=10_000, keep=2)
    clock = iter(NOON_S + second for second in range(100_000))
    log = FileLog(settings, tmp_path / "alerts", lambda: next(clock))
    long = message(title="x" * 2000)
    for _ in range(40):
        log.send(long)
    files = sorted((tmp_path / "alerts").iterdir())
    assert len(files) == 3
    for path in files:
        assert path.stat().st_size <= 10_000
        lines = path.read_bytes().split(b"\n")
        assert lines.pop() == b""
        assert all(json.loads(line)["id"] == "del_1" for line in lines)
        assert path.stat().st_mode & 0o777 == 0o600


def test_a_log_is_rotated_by_age(tmp_path: Path) -> None:
    now_s = NOON_S
    log = FileLog(FileSettings(max_days=1), tmp_path, lambda: now_s)
    log.send(message())
    now_s += 86_399
    log.send(message())
    now_s += 2
    log.send(message())
    assert len(list(tmp_path.iterdir())) == 2
    assert len((tmp_path / "alerts.jsonl").read_bytes().splitlines()) == 1


def test_a_log_on_no_disk_says_so(tmp_path: Path) -> None:
    (tmp_path / "alerts").write_text("a file where the folder should be")
    with pytest.raises(NotDelivered, match="cannot be written"):
        FileLog(FileSettings(), tmp_path / "alerts").send(message())


@pytest.fixture
def mail_tls() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """The server's and the client's side."""
    authority = trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(server)
    client = ssl.create_default_context()
    authority.configure_trust(client)
    return server, client


def email(port: int, **settings: Any) -> EmailSettings:
    given = {
        "host": "127.0.0.1",
        "port": port,
        "user": "ada",
        "password": "secret",
        "sender": "lookout@home.example",
        "recipients": ["ada@home.example"],
    }
    return EmailSettings.model_validate(given | settings)


def test_a_mail_has_the_picture_in_its_text(
    mail_tls: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    with MailReceiver(mail_tls[0]) as receiver:
        opened = Email(email(receiver.port), tls=mail_tls[1])
        assert opened.send(message(JPEG)).endswith("took it for 1 of 1 recipients")
        (mail,) = receiver.mails
    assert mail["Subject"] == "Ada, door"
    assert mail["Message-ID"] == "<del_1@home.example>"
    assert mail["References"] == "<alr_1@home.example>"
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert "some text" in plain.get_content()
    assert 'src="cid:picture-del_1"' in html.get_content()
    (picture,) = [part for part in mail.walk() if part.get_content_type() == "image/jpeg"]
    assert (picture["Content-ID"], picture.get_content()) == ("<picture-del_1>", JPEG)
    assert picture.get_content_disposition() == "inline"


def test_a_name_in_a_mail_is_text_and_nothing_else(
    mail_tls: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    with MailReceiver(mail_tls[0]) as receiver:
        bad = message(title="<script>\nBcc: eve@evil.example")
        Email(email(receiver.port), tls=mail_tls[1]).send(bad)
        (mail,) = receiver.mails
    assert mail["Subject"] == "<script> Bcc: eve@evil.example"
    assert mail["Bcc"] is None
    html = mail.get_body(("html",))
    assert html is not None
    assert "<script>" not in html.get_content()


def test_a_mail_server_that_refuses_is_told_apart_from_one_that_is_busy(
    mail_tls: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    with MailReceiver(mail_tls[0]) as receiver:
        opened = Email(email(receiver.port), tls=mail_tls[1])
        receiver.answers = ["451 busy", "554 no"]
        with pytest.raises(NotDelivered, match="answered 451 busy") as busy:
            opened.send(message())
        with pytest.raises(ChannelRefused, match="answered 554 no"):
            opened.send(message())
        assert type(busy.value) is NotDelivered
        with pytest.raises(ChannelRefused, match="refused user and password"):
            Email(email(receiver.port, password="wrong"), tls=mail_tls[1]).send(message())
        with pytest.raises(NotDelivered, match="no encryption"):
            Email(email(receiver.port)).send(message())  # nobody has signed the certificate
        assert receiver.raw == []


def test_a_password_is_not_sent_in_the_clear() -> None:
    with pytest.raises(ValueError, match="not sent without encryption"):
        email(25, security="none")


@pytest.mark.parametrize("scheme", ["ntfy", "gotify"])
def test_apprise_sends_the_text_first_and_the_picture_where_files_are_taken(scheme: str) -> None:
    path = "topic12" if scheme == "ntfy" else "AbCdEfGhIjKlMnO"
    with HttpReceiver() as receiver:
        settings = AppriseSettings.model_validate(
            {"url": f"{scheme}://127.0.0.1:{receiver.port}/{path}"}
        )
        said = AppriseChannel(settings).send(message(JPEG))
    assert b"some text" in receiver.requests[0].body
    assert JPEG not in receiver.requests[0].body
    if scheme == "ntfy":
        assert said == "ntfy took it; and the picture"
        assert JPEG in receiver.requests[1].body
    else:
        assert (said, len(receiver.requests)) == ("Gotify took it", 1)


def test_a_picture_that_is_refused_costs_nobody_the_text() -> None:
    with HttpReceiver([(200, {}), (413, {})]) as receiver:
        url = f"ntfy://127.0.0.1:{receiver.port}/topic12"
        said = AppriseChannel(AppriseSettings.model_validate({"url": url})).send(message(JPEG))
    assert said.startswith("ntfy took it; but not the picture (")


@pytest.mark.parametrize("scheme", ["ntfy", "gotify"])
@pytest.mark.parametrize("answer", [(429, {"Retry-After": "5"}), (500, {}), None])
def test_what_a_push_server_does_not_take_is_tried_again(
    scheme: str, answer: tuple[int, Mapping[str, str]] | None
) -> None:
    path = "topic12" if scheme == "ntfy" else "AbCdEfGhIjKlMnO"
    with HttpReceiver([answer]) as receiver:
        url = f"{scheme}://127.0.0.1:{receiver.port}/{path}?rto=0.3&cto=2.0"
        opened = AppriseChannel(AppriseSettings.model_validate({"url": url}))
        with pytest.raises(NotDelivered, match="did not take it") as raised:
            opened.send(message())
        assert type(raised.value) is NotDelivered  # the outbox waits, and repeats it
        receiver.end.set()
        assert len(receiver.requests) == 1
        assert opened.send(message()).endswith("took it")


def test_apprise_says_what_went_wrong_without_the_token() -> None:
    with HttpReceiver([(401, {})]) as receiver:
        url = f"gotify://127.0.0.1:{receiver.port}/AbCdEfGhIjKlMnO"
        opened = AppriseChannel(AppriseSettings.model_validate({"url": url}))
        with pytest.raises(NotDelivered, match=r"Gotify did not take it: .*401") as raised:
            opened.send(message())
    assert "AbCdEfGhIjKlMnO" not in str(raised.value)


def test_an_address_that_apprise_does_not_know_is_refused_without_being_repeated() -> None:
    with pytest.raises(CannotOpen, match="does not understand") as raised:
        AppriseChannel(AppriseSettings.model_validate({"url": "nosuch://token-of-mine"}))
    assert "token-of-mine" not in str(raised.value)


def test_secrets_are_shown_as_stars_and_stay_where_only_stars_come_back() -> None:
    kept = ChannelBody.model_validate(
        {"name": "a", "kind": "email", "settings": email(25).model_dump() | {"password": "secret"}}
    )
    assert "secret" not in repr(kept)
    shown = kept.masked()
    assert shown["password"] == MASK
    again = ChannelBody.model_validate({"name": "b", "kind": "email", "settings": shown})
    assert again.with_secrets_of(kept).settings["password"] == "secret"
    elsewhere = shown | {"host": "evil.example"}
    moved = ChannelBody.model_validate({"name": "b", "kind": "email", "settings": elsewhere})
    assert moved.with_secrets_of(kept).settings["password"] == MASK
