"""Why a site is not in a round, and why a site took one over or did not: sentences that travel in
signed messages and are written into journals."""

from __future__ import annotations

from lookout.sentences import Sentences

_FIGURES = (
    "strangers named {named_before} → {named_then} of {strangers}, "
    "people found {found_before} → {found_then} of {people}"
)
_SENTENCES = Sentences(
    {
        # why a site is not in a round
        "silent": "was silent",
        "alone": "was left alone in its group",
        "group_failed": "its group failed {times} times",
        "implausible_sum": "is in a group whose sum cannot be one of counts",
        "no_counts": "sent what are no counts",
        "refused": "refused: {why}",
        # why it refused
        "no_reason": "no reason given",
        "other_encoder": "the round is about {asked}, and here {here} is used",
        "nothing_counted": "nothing was counted here yet: lookout federated count",
        "noise_only": "this site takes part in rounds with noise only: state an ε",
        "budget_spent": "a round of ε {asked} is asked for, and {left} is left here",
        "too_few": "a sum of {sites} sites is not opened",
        "key_changed": "{site} has another key than before",
        "not_signed": "a message is not signed by whom it should be",
        "unreadable": "the message cannot be read",
        # why it took a round over, or did not
        "few_judges": "{strangers} held-out strangers cannot judge it; {needed} are needed",
        "fewer_strangers": f"fewer strangers are named: {_FIGURES}",
        "more_people": f"more people are found: {_FIGURES}",
        "not_better": f"it is not better here: {_FIGURES}",
        "withdrawn": "version {version} was withdrawn",
        "taken_back": "version {version} was taken back here",
    }
)


because = _SENTENCES.because
reason_of = _SENTENCES.reason_of
