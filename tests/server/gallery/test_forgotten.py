"""Who was forgotten stays forgotten, however a photograph that is under way spells the name."""

from __future__ import annotations

import pytest

from lookout.server.gallery.forgotten import KEEP_S, ForgottenNames


@pytest.mark.parametrize(
    ("forgotten", "comes"),
    [("Ada", "ada"), ("ada", "ADA"), ("Zoë", "Zoe\u0308"), ("Straße", "STRASSE"), ("Ada", "Ada")],
)
def test_another_spelling_of_the_name_is_forgotten_too(forgotten: str, comes: str) -> None:
    now_s = [10.0]
    names = ForgottenNames(lambda: now_s[0])
    began_s = names.now_s()
    now_s[0] = 11.0
    names.add([forgotten])
    assert names.is_since(comes, began_s)
    assert not names.is_since(comes, 11.5)
    assert not names.is_since("Grace", began_s)


def test_the_names_themselves_are_not_kept_for_ever() -> None:
    now_s = [10.0]
    names = ForgottenNames(lambda: now_s[0])
    names.add(["Ada"])
    now_s[0] += KEEP_S + 1.0
    names.add(["Grace"])
    assert not names.is_since("Ada", 10.0)
