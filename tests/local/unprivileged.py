"""Run as a program: `PAMAuthenticator` in a process of an ordinary user, with what standard input asks; JSON in and out."""

import asyncio
import json
import logging
import os
import sys

from oauthenticator_suite import PAMAuthenticator
from oauthenticator_suite.errors import SuiteError
from oauthenticator_suite.local.pam.startup_checks import check_system

NOBODY = 65534


async def outcome(authenticator, username, password):
    try:
        model = await authenticator.get_authenticated_user(None, {"username": username, "password": password})
    except SuiteError as error:
        return {"error": type(error).__name__, "detail": error.detail}
    return {"name": model["name"], "admin": model["admin"]}


async def main():
    asked = json.load(sys.stdin)
    if os.geteuid() == 0:
        os.setgroups(asked["supplementary"])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    options = {name: set(value) if isinstance(value, list) else value for name, value in asked["options"].items()}
    authenticator = PAMAuthenticator(allow_all=True, failure_delay=0, **options)
    said = {"start": "", "logins": []}
    try:
        check_system(authenticator)
    except SuiteError as error:
        said["start"] = error.detail
    for username, password in asked["logins"]:
        said["logins"].append(await outcome(authenticator, username, password))
    print(json.dumps(said))


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(main())
