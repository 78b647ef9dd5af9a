"""What happened, told to everybody who wants to know and may.

Whatever changes something adds an event to the store, in the same transaction as the change; the
store numbers it. `EventFeed` tells its subscribers what has been added, `EnvelopeMaker` writes an
event as the JSON that every way out has in common, `may_see` says who may see it.

    feed = EventFeed(store)
    subscription = feed.subscribe(frozenset({"sighting.began"}))
    event = subscription.get(timeout_s=1.0)
"""
