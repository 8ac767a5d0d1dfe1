"""The key with which the Hub encrypts `auth_state`."""

from __future__ import annotations

from jupyterhub.crypto import KEY_ENV, CryptKeeper, CryptographyUnavailable, EncryptionUnavailable
from traitlets import TraitError
from traitlets.config import Config

from ...errors import ConfigurationError

_MEND = f"Make one, once: openssl rand -hex 32. Give it to the Hub as the environment variable {KEY_ENV}, at each start"


def check_crypt_key(option: str, config: Config) -> None:
    """Whether the Hub can encrypt.

    Parameters
    ----------
    option:
        The option that needs it, for the message.
    config:
        The Hub's configuration, where ``CryptKeeper.keys`` may be.

    Raises
    ------
    ConfigurationError
        With the mend, when it cannot.
    """
    try:
        # the Hub's own keeper, or one that is made as the Hub's would be
        keeper = CryptKeeper.instance() if CryptKeeper.initialized() else CryptKeeper(config=config)
        keeper.check_available()
    except CryptographyUnavailable:
        raise ConfigurationError(f"{option} needs the package cryptography: pip install cryptography") from None
    except EncryptionUnavailable:
        raise ConfigurationError(f"{option} needs a key to encrypt with. {_MEND}") from None
    except (ValueError, TraitError):  # whose text may hold what was meant to be a key
        raise ConfigurationError(
            f"{option}: what is in {KEY_ENV} (or CryptKeeper.keys) is no key of 32 bytes, in hexadecimal or base64. "
            f"{_MEND}"
        ) from None
