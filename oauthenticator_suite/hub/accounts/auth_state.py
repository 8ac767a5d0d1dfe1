"""Reading a user's `auth_state`, without a thread where it is small."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from cryptography.fernet import InvalidToken
from jupyterhub.crypto import CryptKeeper
from jupyterhub.user import User

MAX_INLINE = 64 * 1024
"""Bytes up to which decrypting takes less time (half a millisecond) than handing it to a thread."""


async def kept_auth_state(user: User) -> dict[str, Any] | None:
    """The result of JupyterHub's ``user.get_auth_state()``; data of ordinary size are decrypted without a thread.

    JupyterHub decrypts in a few threads. With thousands of requests at a time all of them would wait for these threads,
    and hold what they have in memory.
    """
    encrypted, keeper = user.encrypted_auth_state, CryptKeeper.instance()
    if encrypted is not None and len(encrypted) <= MAX_INLINE and len(keeper.keys) == 1:
        with suppress(InvalidToken, ValueError):  # JupyterHub's own method logs what is wrong
            decrypted: dict[str, Any] | None = json.loads(keeper.fernet.decrypt(encrypted))
            return decrypted
    kept: dict[str, Any] | None = await user.get_auth_state()
    return kept
