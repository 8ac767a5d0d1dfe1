"""A program: runs `PAMAuthenticator` as an unprivileged user. Reads options and logins, writes results, as JSON."""

import asyncio
import json
import logging
import os
import sys

from oauthenticator_suite import PAMAuthenticator
from oauthenticator_suite.errors import SuiteError

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
        authenticator.check_system()
    except SuiteError as error:
        said["start"] = error.detail
    for username, password in asked["logins"]:
        said["logins"].append(await outcome(authenticator, username, password))
    print(json.dumps(said))


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(main())
