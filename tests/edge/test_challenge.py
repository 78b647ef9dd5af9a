"""What the page wants of a challenge, and what it shows of one."""

from __future__ import annotations

from lookout.edge.challenge import SHOWN_S, WANTED_S, ChallengeDesk
from lookout.wire.challenge import WireChallenge, WireChallengeState
from lookout.wire.records import FrameInfo, Result

ASKED = WireChallenge(
    1, 7, WireChallengeState.WAITING, "blink", "Look into the camera and blink.", 1, 3, 4.5
)
PASSED = WireChallenge(1, 7, WireChallengeState.PASSED, None, "Thank you, that was it.", 3, 3)


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def answer(challenge: WireChallenge | None) -> Result:
    return Result("door", 1, 0.0, challenge=challenge)


def test_frames_ask_from_the_press_of_the_button_until_the_challenge_has_ended() -> None:
    desk = ChallengeDesk(Clock())
    assert not desk.wanted()
    desk.ask()
    assert desk.wanted()
    desk.on_result(answer(ASKED))
    assert desk.wanted()
    desk.on_result(answer(PASSED))
    assert not desk.wanted()


def test_the_end_of_the_last_challenge_does_not_end_the_next() -> None:
    desk = ChallengeDesk(Clock())
    desk.on_result(answer(PASSED))
    desk.ask()
    desk.on_result(answer(PASSED))  # the server tells of the end for some seconds
    assert desk.wanted()


def test_a_challenge_that_never_begins_is_given_up() -> None:
    clock = Clock()
    desk = ChallengeDesk(clock)
    desk.ask()
    clock.now_s += WANTED_S + 0.1
    assert not desk.wanted()


def test_nothing_is_shown_once_no_result_tells_of_it() -> None:
    clock = Clock()
    desk = ChallengeDesk(clock)
    desk.on_result(answer(ASKED))
    desk.on_result(answer(None))
    assert desk.shown() == ASKED
    clock.now_s += SHOWN_S + 0.1
    assert desk.shown() is None


def test_a_challenge_survives_the_wire_and_earlier_sides_see_nothing_new() -> None:
    assert Result.from_meta(answer(ASKED).to_meta()).challenge == ASKED
    assert "challenge" not in answer(None).to_meta()
    assert FrameInfo.from_meta(FrameInfo("door", 1, 0.0, challenge=True).to_meta()).challenge
    assert "challenge" not in FrameInfo("door", 1, 0.0).to_meta()
