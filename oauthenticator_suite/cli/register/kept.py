"""The files of a registration: the client secret, and what is needed to change or delete the registration."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...hub.oauth.client_secrets import MAX_SECRET_FILE
from ...protocol.registration import ClientRegistration
from ..written_files import CannotUseFile, MissingFile
from ..written_files import create as create_file
from ..written_files import read as read_file
from ..written_files import replace as replace_file

SECRET_FILE = "client-secret"
REGISTRATION_FILE = "client-registration.json"

_MAX_REGISTRATION_FILE = 1_048_576
"""The largest response of a provider, and so of the registration in it."""


@dataclass(frozen=True)
class Kept:
    """A registration, and the endpoint and issuer where it was made."""

    issuer: str
    endpoint: str
    registration: ClientRegistration


def reserve(directory: Path) -> None:
    """Create the directory and both files, empty, before anything is registered.

    Raises
    ------
    CannotUseFile
        If one of them exists, or cannot be created.
    """
    made: list[Path] = []
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in (REGISTRATION_FILE, SECRET_FILE):
            create_file(directory / name)
            made.append(directory / name)
    except FileExistsError as error:
        _remove(made)
        raise CannotUseFile(
            f"{error.filename} exists. To change that registration use --update, and for another one --directory"
        ) from None
    except CannotUseFile:
        _remove(made)
        raise
    except OSError as error:
        raise CannotUseFile(f"{error.filename} cannot be written: {error.strerror}") from None


def release(directory: Path) -> None:
    """Remove both files."""
    _remove([directory / REGISTRATION_FILE, directory / SECRET_FILE])


def write(directory: Path, kept: Kept) -> None:
    """Replace both files, each in one step. Without a secret there is no file of it.

    Raises
    ------
    CannotUseFile
        If one cannot be written.
    """
    registration = kept.registration
    content = {
        "issuer": kept.issuer,
        "registration_endpoint": kept.endpoint,
        "client_id": registration.client_id,
        "client_secret_expires_at": registration.client_secret_expires_at,
        "registration_client_uri": registration.registration_client_uri,
        "registration_access_token": registration.registration_access_token,
        "metadata": dict(registration.metadata),
    }
    replace_file(directory / REGISTRATION_FILE, json.dumps(content, indent=2) + "\n")
    if registration.client_secret:
        replace_file(directory / SECRET_FILE, registration.client_secret + "\n")
    else:
        _remove([directory / SECRET_FILE])


def read(directory: Path) -> Kept:
    """The registration that `write` has kept.

    Raises
    ------
    CannotUseFile
        If there is none, or it cannot be read.
    """
    path = directory / REGISTRATION_FILE
    try:
        content: dict[str, Any] = json.loads(read_file(path, _MAX_REGISTRATION_FILE))
        secret = ""
        with suppress(MissingFile):
            secret = read_file(directory / SECRET_FILE, MAX_SECRET_FILE).strip()
        registration = ClientRegistration(
            content["client_id"],
            secret,
            content["client_secret_expires_at"],
            content["registration_client_uri"],
            content["registration_access_token"],
            content["metadata"],
        )
        return Kept(content["issuer"], content["registration_endpoint"], registration)
    except MissingFile:
        raise CannotUseFile(f"{path} does not exist: nothing is registered from here") from None
    except (ValueError, KeyError, TypeError):
        raise CannotUseFile(f"{path} is not the file of a registration") from None


def read_token(path: Path) -> str:
    """The initial access token in a file.

    Raises
    ------
    CannotUseFile
        If the file cannot be read, or is empty.
    """
    token = read_file(path, MAX_SECRET_FILE).strip()
    if not token:
        raise CannotUseFile(f"{path} is empty")
    return token


def _remove(paths: list[Path]) -> None:
    for path in paths:
        with suppress(OSError):
            path.unlink()
