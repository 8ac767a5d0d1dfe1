"""The files of a registration: the client secret, and what is needed to change or delete the registration."""

from __future__ import annotations

import json
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...protocol.registration import ClientRegistration

SECRET_FILE = "client-secret"
REGISTRATION_FILE = "client-registration.json"


class CannotUseFiles(Exception):
    """A file cannot be read or written. The message names it, and has no secret."""


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
    CannotUseFiles
        If one of them exists, or cannot be created.
    """
    made: list[Path] = []
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in (REGISTRATION_FILE, SECRET_FILE):
            path = directory / name
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            made.append(path)
    except FileExistsError as error:
        _remove(made)
        raise CannotUseFiles(
            f"{error.filename} exists. To change that registration use --update, and for another one --directory"
        ) from None
    except OSError as error:
        _remove(made)
        raise CannotUseFiles(f"{error.filename} cannot be written: {error.strerror}") from None


def release(directory: Path) -> None:
    """Remove both files."""
    _remove([directory / REGISTRATION_FILE, directory / SECRET_FILE])


def write(directory: Path, kept: Kept) -> None:
    """Write both files, each replaced at once, and readable for their owner only. No secret: no file of it.

    Raises
    ------
    CannotUseFiles
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
    _replace(directory / REGISTRATION_FILE, json.dumps(content, indent=2) + "\n")
    if registration.client_secret:
        _replace(directory / SECRET_FILE, registration.client_secret + "\n")
    else:
        _remove([directory / SECRET_FILE])


def read(directory: Path) -> Kept:
    """The registration that `write` has kept.

    Raises
    ------
    CannotUseFiles
        If there is none, or it cannot be read.
    """
    path = directory / REGISTRATION_FILE
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        secret = ""
        with suppress(FileNotFoundError):
            secret = (directory / SECRET_FILE).read_text(encoding="utf-8").strip()
        registration = ClientRegistration(
            content["client_id"],
            secret,
            content["client_secret_expires_at"],
            content["registration_client_uri"],
            content["registration_access_token"],
            content["metadata"],
        )
        return Kept(content["issuer"], content["registration_endpoint"], registration)
    except FileNotFoundError:
        raise CannotUseFiles(f"{path} does not exist: nothing is registered from here") from None
    except OSError as error:
        raise CannotUseFiles(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError):
        raise CannotUseFiles(f"{path} is not the file of a registration") from None


def read_token(path: Path) -> str:
    """The initial access token in a file.

    Raises
    ------
    CannotUseFiles
        If the file cannot be read, or is empty.
    """
    try:
        token = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeError):
        raise CannotUseFiles(f"{path} cannot be read") from None
    if not token:
        raise CannotUseFiles(f"{path} is empty")
    return token


def _replace(path: Path, text: str) -> None:
    """Write a file in one step: a reader sees the old content or the new one."""
    partial = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with open(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except OSError as error:
        _remove([partial])
        raise CannotUseFiles(f"{path} cannot be written: {error.strerror}") from None


def _remove(paths: list[Path]) -> None:
    for path in paths:
        with suppress(OSError):
            path.unlink()
