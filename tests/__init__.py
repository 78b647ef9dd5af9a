"""Tests, in folders that mirror the rooms; `tests.support` holds what they share."""
