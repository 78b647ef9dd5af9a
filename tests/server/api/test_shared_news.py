"""Who listens at one server is told of what another one writes."""

from __future__ import annotations

import contextlib
from pathlib import Path

from lookout.server.api.shared_news import SharedNews
from lookout.server.events.feed import EventFeed
from lookout.server.storage.records import Event
from lookout.server.storage.sqlite.store import open_store
from lookout.server.storage.store_sharing import Topic


def test_an_event_that_another_server_wrote_is_told_to_who_listens_here(tmp_path: Path) -> None:
    with (
        open_store(tmp_path / "data", {}) as one,
        open_store(tmp_path / "data", {}) as other,
        contextlib.ExitStack() as ends,
    ):
        feed = EventFeed(one)
        listener = feed.subscribe()
        news = SharedNews(one.changes, {Topic.EVENTS: feed.look})
        ends.callback(news.close, 30.0)
        news.start()
        for number in (1, 2):
            other.events.add(Event(f"evt_{number}", "camera.online", float(number)))
            heard = listener.get(30.0)
            assert isinstance(heard, Event)
            assert heard.id == f"evt_{number}"
