"""What may be written down, and what is said where it may not."""

from __future__ import annotations

from typing import Any

import pytest

from lookout.server.alerts.documents.document import MAX_MEMBERS, read_document
from lookout.server.alerts.documents.rule import RuleBody
from lookout.server.alerts.documents.silence import SilenceBody
from lookout.server.alerts.documents.site import Site
from lookout.server.alerts.documents.watchlist import WatchlistBody
from lookout.server.alerts.documents.zone import MAX_CORNERS, FenceBody, ZoneBody
from lookout.server.alerts.errors import BadDefinition

SQUARE = [[0, 0], [1, 0], [1, 1], [0, 1]]


def ring(*corners: tuple[float, float]) -> list[list[float]]:
    return [list(corner) for corner in (*corners, corners[0])]


def test_the_contracts_rule_is_read_and_written_as_it_stands() -> None:
    given = {
        "name": "night",
        "enabled": True,
        "who": {"kind": "list", "lists": ["wat_1"]},
        "where": {"cameras": ["door"], "zones": [], "fences": []},
        "when": {
            "intervals": [{"days": ["mon", "sun"], "from": "22:00", "to": "06:00"}],
            "profile": "away",
        },
        "what": {"kind": "stays", "seconds": 30.0, "metres_per_second": 12.0},
        "severity": "critical",
        "channels": ["chn_1"],
        "text": None,
        "repeat_s": 600.0,
        "escalate": {"after_s": 300.0, "channels": ["chn_2"]},
        "require_live": True,
    }
    assert read_document(RuleBody, given, "rule").plain() == given


@pytest.mark.parametrize(
    ("kind", "given", "complaint"),
    [
        (RuleBody, {"chanels": []}, "no key 'chanels'; did you mean 'channels'?"),
        (RuleBody, {"when": {"intervals": [{"form": "22:00"}]}}, "did you mean 'from'?"),
        (RuleBody, {"what": {"kind": "stays"}}, "stays needs seconds"),
        (RuleBody, {"what": {"kind": "enters"}}, "enters needs a zone or a fence"),
        (RuleBody, {"who": {"kind": "list"}}, "lists are given exactly where"),
        (RuleBody, {"who": {"kind": "nobody"}}, "goes with what 'absent' only"),
        (RuleBody, {"what": {"kind": "apears"}}, "what.kind"),
        (WatchlistBody, {"kind": "allow", "valid_from": 9, "valid_to": 9}, "never hold"),
        (SilenceBody, {"until": 9}, "silence everything"),
        (Site, {"time_zone": "Mars/Olympus"}, "no time zone 'Mars/Olympus'"),
        (ZoneBody, {"camera": "a", "polygon": [[0, 0], [1, 1], [1, 0], [0, 1]]}, "crosses"),
        (ZoneBody, {"camera": "a", "polygon": [[0, 0], [2, 1], [1, 0]]}, "less than or equal to 1"),
        (FenceBody, {"geometry": {"coordinates": [SQUARE]}}, "ends where it begins"),
        (FenceBody, {"geometry": {"coordinates": [[[0, 0], [0, 0], [0, 0]]]}}, "at least 4"),
        (
            FenceBody,
            {"geometry": {"coordinates": [ring((50, 190), (51, 8), (51, 9))]}},
            "longitude, latitude",
        ),
        (
            FenceBody,
            {"space": "plan", "geometry": {"coordinates": [ring((0, 0), (9, 0), (9, 9))]}},
            "plan is given exactly where",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(
    kind: Any, given: dict[str, Any], complaint: str
) -> None:
    base: dict[str, Any] = {"name": "a"} if "name" in kind.model_fields else {}
    if kind is RuleBody:
        base |= {"what": {"kind": "appears"}}
    with pytest.raises(BadDefinition, match=complaint):
        read_document(kind, base | given, "rule 'a'")


def test_what_would_take_long_to_check_is_refused() -> None:
    ring_of_many = [[x / 1000, (x % 2) / 1000] for x in range(MAX_CORNERS)]
    given = {"name": "a", "geometry": {"coordinates": [ring_of_many, ring_of_many]}}
    with pytest.raises(BadDefinition, match="at most 500 positions"):
        read_document(FenceBody, given, "fence")
    crowd = {"name": "a", "kind": "allow", "people": [f"p{x}" for x in range(MAX_MEMBERS + 1)]}
    with pytest.raises(BadDefinition, match="at most 20000"):
        read_document(WatchlistBody, crowd, "list")


def test_a_fence_with_a_hole_leaves_the_hole_out() -> None:
    outer = ring((8.0, 50.0), (8.4, 50.0), (8.4, 50.4), (8.0, 50.4))
    hole = ring((8.1, 50.1), (8.2, 50.1), (8.2, 50.2), (8.1, 50.2))
    given = {"name": "yard", "geometry": {"type": "Polygon", "coordinates": [outer, hole]}}
    shape = read_document(FenceBody, given, "fence").shape
    assert shape.contains((8.3, 50.3))
    assert not shape.contains((8.15, 50.15))


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("", ""),
        ("https://home.example/lookout/", "https://home.example/lookout/alerts?alert=alr_1"),
        ("http://10.0.0.2:8000", "http://10.0.0.2:8000/alerts?alert=alr_1"),
    ],
)
def test_a_message_links_to_its_alert_where_the_sites_address_is_known(
    address: str, link: str
) -> None:
    assert Site(address=address).link_to("alr_1") == link


@pytest.mark.parametrize("address", ["home.example", "ftp://a", "https://a:b@c", "https://a/?b"])
def test_what_is_no_address_of_a_site_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="public address"):
        Site(address=address)
