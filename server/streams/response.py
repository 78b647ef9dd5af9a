"""The response to a message with a picture: an answer, another try, or the topic of the failed."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from lookout.faces.errors import BadImage
from lookout.server.streams.answer import AnswerStatus, PictureAnswer
from lookout.server.streams.claims import ClaimFolder
from lookout.server.streams.dead_letters import dead_letter
from lookout.server.streams.errors import BadStreamMessage
from lookout.server.streams.options import KafkaOptions
from lookout.server.streams.outlet import OutgoingMessage
from lookout.server.streams.picture import Headers, SentPicture, read_picture_message, with_tries
from lookout.server.streams.sealing import StreamKey

log = logging.getLogger(__name__)

MOST_TRIES = 3
"""Of a picture that fails by no fault that can be seen in it."""

Recognize = Callable[[bytes], Mapping[str, object]]
"""Picture bytes to what an answer says of them. Raises BadImage."""


class ResponseOutcome(StrEnum):
    """What became of a message."""

    RECOGNIZED = "recognized"
    EXPIRED = "expired"
    RETRIED = "retried"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """A message as it came: from where, and what it holds."""

    topic: str
    partition: int
    offset: int
    key: bytes
    value: bytes
    headers: Headers


@dataclass(frozen=True, slots=True)
class Response:
    """messages: the message is done when a broker has all of these."""

    outcome: ResponseOutcome
    messages: tuple[OutgoingMessage, ...]


class Responder:
    """Responds to messages. Any thread."""

    def __init__(
        self,
        options: KafkaOptions,
        key: StreamKey,
        claims: ClaimFolder,
        recognize: Recognize,
        model: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`model` names the encoder in answers; `clock` gives Unix seconds."""
        self._options = options
        self._key = key
        self._claims = claims
        self._recognize = recognize
        self._model = model
        self._clock = clock

    def respond(self, message: IncomingMessage) -> Response:
        """Never raises: whatever fails is tried again, and then put aside."""
        try:
            picture = read_picture_message(message.value, message.headers, self._key)
        except BadStreamMessage as error:
            return Response(ResponseOutcome.DEAD, (self._dead(message, str(error)),))
        if self._clock() - picture.sent_s > self._options.max_age_s:
            reason = {"reason": f"it waited for more than {self._options.max_age_s:g} s"}
            return Response(
                ResponseOutcome.EXPIRED, (self._answer(picture, AnswerStatus.EXPIRED, reason),)
            )
        try:
            content = self._claims.get(picture.claim) if picture.claim else picture.content
            found = self._recognize(content)
        except (BadImage, BadStreamMessage) as error:
            return self._failed(message, picture, str(error))
        except Exception as error:
            # whatever it is, this one picture must not end the consumer; logged with its trace
            log.exception("picture %s failed", picture.id)
            if picture.tries + 1 >= MOST_TRIES:
                return self._failed(message, picture, f"{MOST_TRIES} tries: {error}")
            again = OutgoingMessage(
                self._options.pictures,
                message.key,
                message.value,
                with_tries(message.headers, picture.tries + 1),
            )
            return Response(ResponseOutcome.RETRIED, (again,))
        return Response(
            ResponseOutcome.RECOGNIZED, (self._answer(picture, AnswerStatus.RECOGNIZED, found),)
        )

    def _failed(self, message: IncomingMessage, picture: SentPicture, reason: str) -> Response:
        told = self._answer(picture, AnswerStatus.FAILED, {"reason": reason})
        return Response(ResponseOutcome.DEAD, (self._dead(message, reason), told))

    def _dead(self, message: IncomingMessage, reason: str) -> OutgoingMessage:
        return dead_letter(
            self._options.dead,
            (message.topic, message.partition, message.offset),
            (message.key, message.value, message.headers),
            reason,
            self._clock(),
        )

    def _answer(
        self, picture: SentPicture, status: AnswerStatus, found: Mapping[str, object]
    ) -> OutgoingMessage:
        answer = PictureAnswer(
            picture.id, self._model, status, round(self._clock(), 3), picture.source, found
        )
        return OutgoingMessage(self._options.answers, picture.key, answer.sealed(self._key))
