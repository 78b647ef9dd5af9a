"""Lookout: self-hosted live face recognition.

The rooms of the house lie at the top of the repository, where its owner wants them: `server/`,
`edge/`, `faces/`, `wire/`, `overlay/`. Their names are too common to be installed as they are, so
all code imports them through this package, which holds a link to each; a wheel holds the rooms
themselves in the same places. See docs/architecture.md, "One namespace".
"""

__version__ = "0.1.0"
