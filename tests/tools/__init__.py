"""Checks against programs that the tests do not install."""
