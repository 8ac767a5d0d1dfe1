"""The key with which the Hub encrypts `auth_state`."""

from __future__ import annotations

from jupyterhub.crypto import KEY_ENV, CryptKeeper, CryptographyUnavailable, EncryptionUnavailable
from traitlets import TraitError
from traitlets.config import Config

from ...errors import ConfigurationError

_FIX = f"Create one with `openssl rand -hex 32`, and start the Hub with it in the environment variable {KEY_ENV}"


def check_crypt_key(option: str, config: Config) -> None:
    """Check that the Hub can encrypt.

    Parameters
    ----------
    option:
        The option that needs the key, for the message.
    config:
        The Hub's configuration, which may set ``CryptKeeper.keys``.

    Raises
    ------
    ConfigurationError
        When it cannot. The message names the fix.
    """
    try:
        # the Hub's own keeper, or one made as the Hub would make it
        keeper = CryptKeeper.instance() if CryptKeeper.initialized() else CryptKeeper(config=config)
        keeper.check_available()
    except CryptographyUnavailable:
        raise ConfigurationError(f"{option} needs the package cryptography: pip install cryptography") from None
    except EncryptionUnavailable:
        raise ConfigurationError(f"{option} needs an encryption key. {_FIX}") from None
    except (ValueError, TraitError):  # the text of these errors may contain the value of the key
        raise ConfigurationError(
            f"{option}: {KEY_ENV} (or CryptKeeper.keys) is not a key of 32 bytes in hexadecimal or base64. {_FIX}"
        ) from None
