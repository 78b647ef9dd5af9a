"""Sums of which nobody sees the parts: pairwise masks that cancel.

Each two sites of a group agree on a key (X25519) and make a stream of numbers of it (ChaCha20); one
adds it to its counts and the other takes it off, modulo 2³². What a site sends looks random; the
sum over the whole group is the sum of the counts (K. Bonawitz et al., CCS 2017). When a site of the
group is silent its masks would stay in the sum: the others mask afresh, for another attempt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from lookout.server.federated.errors import BadRoundMessage

Masked = npt.NDArray[np.uint32]


def derived(secret: bytes, purpose: str) -> bytes:
    """32 bytes that follow from a secret for one purpose and say nothing of the secret (HKDF)."""
    return HKDF(hashes.SHA256(), 32, b"lookout federated", purpose.encode()).derive(secret)


def agreed(private: X25519PrivateKey, public: bytes, purpose: str) -> bytes:
    """What two sites know and nobody else, for one purpose. Raises BadMessage for no key."""
    try:
        shared = private.exchange(X25519PublicKey.from_public_bytes(public))
    except ValueError as error:
        raise BadRoundMessage("another site's key of this round is none") from error
    return derived(shared, purpose)


def masked(counts: npt.NDArray[np.int64], own: str, seeds: Mapping[str, bytes]) -> Masked:
    """(N,) counts modulo 2³² under the masks with each of the other sites.

    seeds: what was agreed with each. Of two sites the one whose id comes first adds.
    """
    total = counts.astype(np.uint32)
    for other, seed in seeds.items():
        stream = _stream(seed, len(counts))
        total = total + stream if own < other else total - stream
    return total


def opened(vectors: Sequence[Masked]) -> npt.NDArray[np.int64]:
    """The sum of the counts of a whole group, which noise may have made negative."""
    total = np.zeros_like(vectors[0])
    for vector in vectors:
        total = total + vector
    return total.view(np.int32).astype(np.int64)


def _stream(seed: bytes, size: int) -> Masked:
    cipher = Cipher(algorithms.ChaCha20(seed, bytes(16)), mode=None).encryptor()
    return np.frombuffer(cipher.update(bytes(4 * size)), "<u4").astype(np.uint32)
