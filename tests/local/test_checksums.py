"""Checksums have the values that their standards give."""

from __future__ import annotations

import base64

import pytest

from reconciler.local.store.checksums import ALGORITHMS, Digest, composite

# The check values of the CRC catalogue, and digests of FIPS 180, for the nine digits.
KNOWN = {
    "CRC32": "cbf43926",
    "CRC32C": "e3069283",
    "CRC64NVME": "ae8b14860a799888",
    "SHA1": "f7c3bc1d808e04732adf679965ccc34ca7ae3441",
    "SHA256": "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_checksum_has_its_known_value(algorithm: str) -> None:
    digest = Digest([algorithm])
    digest.update(b"12345")
    digest.update(b"6789")
    assert base64.b64decode(digest.checksums[algorithm]).hex() == KNOWN[algorithm]


def test_the_checksum_of_parts_is_that_of_their_checksums() -> None:
    digest = Digest(["SHA1"])
    digest.update(base64.b64decode("qvTGHdzF6KLavt4PO0gs2a6pQ00="))
    assert composite("SHA1", [{"SHA1": "qvTGHdzF6KLavt4PO0gs2a6pQ00="}]) == (
        f"{digest.checksums['SHA1']}-1"
    )


def test_parts_without_a_checksum_have_none_together() -> None:
    assert composite("SHA1", [{}]) is None


def test_an_unknown_algorithm_is_an_error() -> None:
    with pytest.raises(KeyError):
        Digest(["XXHASH3"])
