"""The options of ``oauthenticator-suite register``, and what runs with them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .kept import Kept
    from .provider import RegisteringProvider
    from .wanted import Wanted

HELP = "Register the Hub as a client at its OpenID provider, or show, change or delete its registration."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "-f",
        "--config",
        type=Path,
        action="append",
        metavar="FILE",
        help="the configuration with the issuer and the callback URL; default: jupyterhub_config.py",
    )
    parser.add_argument("--provider", default="", metavar="NAME", help="the provider of MultiAuthenticator")
    parser.add_argument("--issuer", default="", metavar="URL", help="without a configuration: the provider's issuer")
    parser.add_argument(
        "--callback-url", default="", metavar="URL", help="with --issuer: the Hub's callback, …/hub/oauth_callback"
    )
    parser.add_argument("--client-name", default="JupyterHub", metavar="NAME", help="default: %(default)s")
    parser.add_argument(
        "--initial-access-token-file",
        type=Path,
        metavar="FILE",
        help="a file with the token that the provider asks for before it registers a client",
    )
    parser.add_argument(
        "--directory",
        type=Path,
        default=Path(),
        metavar="DIRECTORY",
        help="where the client secret and the registration are kept, readable for you only; default: this directory",
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--show", action="store_true", help="print the registration as it is at the provider")
    what.add_argument("--update", action="store_true", help="register the configuration's URLs again, with the same id")
    what.add_argument("--delete", action="store_true", help="remove the client at the provider, and the files")
    parser.add_argument("--print-secret", action="store_true", help="also print the client secret")
    parser.epilog = (
        "The Python code of the configuration is executed, as the Hub does it. Exit status: 0, or 1 when the provider "
        "refuses, cannot be asked, or supports nothing that the configuration allows, or 2 when the arguments or the "
        "configuration do not say what to register."
    )


def run(arguments: argparse.Namespace) -> int:
    """Register the Hub, or manage its registration.

    Returns
    -------
    int
        0; 1 when the provider refuses, cannot be asked, or supports nothing that the configuration allows; 2 when it is
        not known what to register.
    """
    import asyncio

    from ...errors import SuiteError
    from ...protocol.text import printable
    from ..configuration.unreadable import CannotReadConfiguration
    from ..written_files import CannotUseFile
    from .wanted import CannotRegister

    try:
        wanted = _wanted(arguments)
        lines = asyncio.run(_work(arguments, wanted))
    except (CannotRegister, CannotUseFile, CannotReadConfiguration) as error:
        print(f"oauthenticator-suite register: {printable(str(error))}", file=sys.stderr)
        return 2
    except SuiteError as error:
        print(f"oauthenticator-suite register: {printable(error.detail)}", file=sys.stderr)
        return 1
    for line in lines:
        print(printable(line))
    return 0


def _wanted(arguments: argparse.Namespace) -> Wanted:
    from ..configuration.sources import DEFAULT_FILE
    from .wanted import CannotRegister, Wanted, wanted_by

    if not arguments.issuer:
        return wanted_by(arguments.config or [DEFAULT_FILE], arguments.provider)
    needs_callback = not (arguments.show or arguments.delete)
    if needs_callback and not arguments.callback_url:
        raise CannotRegister("--issuer needs --callback-url, such as https://hub.example.org/hub/oauth_callback")
    return Wanted(arguments.issuer, arguments.callback_url)


async def _work(arguments: argparse.Namespace, wanted: Wanted) -> list[str]:
    """What to print."""
    from ..written_files import CannotUseFile
    from . import kept
    from .provider import RegisteringProvider

    provider = RegisteringProvider.of(wanted)
    try:
        if not (arguments.show or arguments.update or arguments.delete):
            return await _register(arguments, wanted, provider)
        known = kept.read(arguments.directory)
        if known.issuer != wanted.issuer:
            raise CannotUseFile(f"the registration in {arguments.directory} is at the issuer {known.issuer}")
        if not known.registration.registration_client_uri:
            raise CannotUseFile("the provider has given no URL for the management of the registration")
        return await _manage(arguments, wanted, provider, known)
    finally:
        await provider.close()


async def _register(arguments: argparse.Namespace, wanted: Wanted, provider: RegisteringProvider) -> list[str]:
    from ..written_files import CannotUseFile
    from . import kept

    path = arguments.initial_access_token_file
    token = kept.read_token(path) if path is not None else ""
    document = await provider.metadata()
    endpoint = provider.endpoint_in(document)
    metadata = provider.metadata_of(wanted, document, arguments.client_name)
    kept.reserve(arguments.directory)
    try:
        registration = await provider.register(endpoint, metadata, token)
    except BaseException:
        kept.release(arguments.directory)
        raise
    made = kept.Kept(wanted.issuer, endpoint, registration)
    try:
        kept.write(arguments.directory, made)
    except CannotUseFile:  # the disk is full, and without its credentials no one can use or remove the client
        if registration.registration_client_uri:
            await provider.delete(registration)
            kept.release(arguments.directory)  # nothing is registered from here
        raise
    return [
        f"Registered at {wanted.issuer}. The credentials are in {arguments.directory.resolve()}; keep them secret.",
        "",
        *_lines(arguments, wanted, made),
    ]


async def _manage(
    arguments: argparse.Namespace, wanted: Wanted, provider: RegisteringProvider, known: Kept
) -> list[str]:
    import json

    from . import kept

    document = await provider.metadata()  # the provider is the configured one, and its network is known
    if arguments.delete:
        await provider.delete(known.registration)
        kept.release(arguments.directory)
        return [
            f"The client {known.registration.client_id} is removed at {known.issuer}, and so are its "
            "files. Remove its lines from the configuration."
        ]
    if arguments.update:
        metadata = provider.metadata_of(wanted, document, arguments.client_name)
        registration = await provider.update(known.endpoint, known.registration, metadata)
    else:
        registration = await provider.show(known.endpoint, known.registration)
    made = kept.Kept(known.issuer, known.endpoint, registration)
    kept.write(arguments.directory, made)  # a provider may give a new secret or token with any answer
    shown = json.dumps(dict(registration.metadata), indent=2, sort_keys=True).splitlines()
    return [*shown, "", *_lines(arguments, wanted, made)]


def _lines(arguments: argparse.Namespace, wanted: Wanted, made: Kept) -> list[str]:
    """The lines of the configuration."""
    from .kept import SECRET_FILE

    registration = made.registration
    options: dict[str, Any] = {"issuer": made.issuer, "client_id": registration.client_id}
    if registration.client_secret:
        options["client_secret_file"] = str((arguments.directory / SECRET_FILE).resolve())
    if registration.client_secret_expires_at:
        options["client_secret_expires_at"] = registration.client_secret_expires_at
    method = registration.metadata.get("token_endpoint_auth_method")
    if isinstance(method, str) and method:
        options["client_auth_method"] = method
    if wanted.entry:
        lines = [f"For the config of the entry {wanted.entry!r} in c.MultiAuthenticator.authenticators:"]
        lines += [f'    "{name}": {value!r},' for name, value in options.items()]
    else:
        lines = [f"c.{wanted.section}.{name} = {value!r}" for name, value in options.items()]
    if arguments.print_secret and registration.client_secret:
        lines += ["", f"client secret: {registration.client_secret}"]
    return lines
