"""Flower as what carries the messages: its SuperLink and SuperNodes as processes of their own.

Flower's pins contradict those of the server (docs/dependencies.md), so it lives in an environment
of its own, and `round_app` and `site_app` run there; the rest starts them.
"""
