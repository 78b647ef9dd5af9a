"""Why a face has no name."""

from __future__ import annotations

from lookout.sentences import Sentences

_SENTENCES = Sentences(
    {
        "not_seen": "no encoding was taken yet",
        "nobody_enrolled": "nobody is enrolled",
        "ignored": "this person is to be ignored",
        "far": "nobody is within {tolerance}; the nearest is at {distance}",
        "few_votes": "only {share} of the votes; {needed} are needed",
        "strangers_near": (
            "{chance} of strangers would come as near as {distance}; {allowed} are allowed"
        ),
        "not_near_enough": "the distance is {distance}; {limit} is needed for this person",
        "rejected": "a face like this ({apart} away) was said not to be {name}",
        "two_people": "another person is {margin} farther; {needed} is needed",
        "not_live": "the face was not seen to be live, which a name requires here",
        "not_proved": ("the face has not done what it was asked to do, which a name requires here"),
    }
)

because = _SENTENCES.because
reason_of = _SENTENCES.reason_of
