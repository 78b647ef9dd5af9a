"""A photograph that came before its person was forgotten does not bring them back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from lookout.faces.gallery.encodings_file import load_gallery
from lookout.faces.photo.examiner import ExaminedPhoto
from lookout.faces.protocols import Detector, Encoder
from lookout.server.enrolment.learner import Learner
from lookout.server.enrolment.photo_handler import PhotoHandler
from lookout.server.gallery.forgotten import KEEP_S, ForgottenNames
from lookout.wire.records import PhotoInfo, Refusal, Verdict

pytestmark = pytest.mark.long


class SlowLearner(Learner):
    """Something happens while a photograph is examined, or between its judgement and learning."""

    while_examining: Callable[[], None] = staticmethod(lambda: None)
    before_learning: Callable[[], None] = staticmethod(lambda: None)

    def examine(self, content: bytes) -> ExaminedPhoto:
        photo = super().examine(content)
        self.while_examining()
        return photo

    def learn(
        self,
        name: str,
        filename: str,
        photo: ExaminedPhoto,
        unless: Callable[[], bool] = lambda: False,
    ) -> bool:
        self.before_learning()
        return super().learn(name, filename, photo, unless)


def sent(handler: PhotoHandler, jpeg: bytes) -> Verdict | Refusal:
    answers: list[Verdict | Refusal] = []
    answered = threading.Event()

    def deliver(answer: Verdict | Refusal) -> None:
        answers.append(answer)
        answered.set()

    handler.offer(PhotoInfo(1, "Ada", "20261128T103000.000Z.jpg"), jpeg, deliver)
    assert answered.wait(60.0)
    return answers[0]


def test_who_is_forgotten_while_a_photograph_is_examined_does_not_come_back(
    engines: tuple[Detector, Encoder],
    portrait: bytes,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    file, forgotten = tmp_path / "encodings.pkl", ForgottenNames()
    learner = SlowLearner(*engines, file)
    handler = PhotoHandler(tmp_path / "images", learner, forgotten)
    handler.start()
    learner.while_examining = lambda: forgotten.add({"Ada"})
    refusal = sent(handler, portrait)
    assert isinstance(refusal, Refusal)
    assert refusal.message.startswith("Ada was forgotten after this photograph was taken")
    assert not (tmp_path / "images").exists()

    learner.while_examining = lambda: None
    learner.before_learning = lambda: forgotten.add({"Ada"})
    assert isinstance(sent(handler, portrait), Verdict)
    assert "forgotten meanwhile" in caplog.text
    assert not file.exists()

    learner.before_learning = lambda: None
    assert isinstance(sent(handler, portrait), Verdict)  # she is enrolled again, on purpose
    assert load_gallery(file, engines[1]).names == ("Ada",)
    assert handler.close(5.0)


def test_a_name_is_forgotten_from_a_moment_on_and_not_kept_for_ever() -> None:
    now_s = 100.0
    names = ForgottenNames(lambda: now_s)
    names.add(["Ada"])
    assert names.is_since("Ada", 99.0)
    assert not names.is_since("Ada", 101.0)
    assert not names.is_since("Bob", 99.0)
    now_s += KEEP_S
    names.add(["Bob"])
    assert not names.is_since("Ada", 99.0)
