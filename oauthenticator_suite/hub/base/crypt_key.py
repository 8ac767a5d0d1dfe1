"""The key with which the Hub encrypts `auth_state`."""

from __future__ import annotations

from jupyterhub.crypto import KEY_ENV, CryptKeeper, CryptographyUnavailable, EncryptionUnavailable
from traitlets import TraitError
from traitlets.config import Config

_FIX = f"Create one with `openssl rand -hex 32`, and start the Hub with it in the environment variable {KEY_ENV}"


def why_no_encryption(config: Config) -> tuple[str, str] | None:
    """Why the Hub cannot encrypt, and what to do about it; None if it can.

    Parameters
    ----------
    config:
        The Hub's configuration, which may set ``CryptKeeper.keys``.
    """
    try:
        # the Hub's own keeper, or one made as the Hub would make it
        keeper = CryptKeeper.instance() if CryptKeeper.initialized() else CryptKeeper(config=config)
        keeper.check_available()
    except CryptographyUnavailable:
        return "needs the package cryptography", "Install it: pip install cryptography"
    except EncryptionUnavailable:
        return "needs an encryption key", _FIX
    except (ValueError, TraitError):  # the text of these errors may contain the value of the key
        return (
            f"cannot be used: {KEY_ENV} (or CryptKeeper.keys) is not a key of 32 bytes in hexadecimal or base64",
            _FIX,
        )
    return None
