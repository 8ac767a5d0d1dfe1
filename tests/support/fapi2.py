"""A provider with the FAPI 2.0 Security Profile, and the options of a client that keeps it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from joserfc.jwk import ECKey, Key

from tests.fakes.openid_provider import FakeProvider, SigningKeys
from tests.support.key_files import write_keys

BY_KEY = {"client_secret": "", "client_auth_method": "", "security_profile": "fapi2"}
"""The options that `generic_config` would fill otherwise, and the only one that the profile needs in addition to a key."""


def demand_fapi2(provider: FakeProvider, folder: Path, key: Key | None = None) -> dict[str, Any]:
    """The provider demands what the profile prescribes, with DPoP. Returns the options of the client."""
    key = key or ECKey.generate_key("P-256")
    file = folder / "client-key"
    write_keys(file, key)
    provider.keys = SigningKeys("PS256")
    provider.register_keys(key)
    provider.assertion_algorithms = ["PS256", "ES256", "EdDSA"]
    provider.requires_par = True
    provider.proofs.mode = "required"
    return {**BY_KEY, "client_key_file": str(file)}
