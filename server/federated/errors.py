"""The errors of the federation.

FederatedError (a ServerError)
├── NotJoined        this folder belongs to no site, or to no coordinator
├── BadMessage       a message, a document or a signature is not what it should be
├── BadInvitation    an invitation is not one, or was used, or is too old
├── RoundFailed      too few sites answered for a round
├── BudgetSpent      a round would cost more privacy than this site has left
├── BadWeights       a weight file is damaged, of another shape, or holds what is no number
└── FlowerMissing    there is no environment with Flower
"""

from __future__ import annotations

from lookout.server.errors import ServerError


class FederatedError(ServerError):
    """The base of what the federation raises; its text is one line for people."""


class NotJoined(FederatedError):
    """This folder belongs to no site, or to no coordinator."""


class BadRoundMessage(FederatedError):
    """A message, a document or a signature is not what it should be."""


class BadInvitation(FederatedError):
    """An invitation is not one, or was used, or is too old."""


class RoundFailed(FederatedError):
    """Too few sites answered for a round."""


class BudgetSpent(FederatedError):
    """A round would cost more privacy than this site has left."""


class BadWeights(FederatedError):
    """A weight file is damaged, of another shape, or holds what is no number."""


class FlowerMissing(FederatedError):
    """There is no environment with Flower."""
