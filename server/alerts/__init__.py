"""Watch and tell: watchlists, zones, fences, rules, alerts, and the channels."""
