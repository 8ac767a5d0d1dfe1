"""An unprivileged Hub, with the users and PAM modules of the system and with others."""

import grp
import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.support.system_tools import require_library

from .conftest import UNIX

REPOSITORY = Path(__file__).resolve().parents[2]

PASSWD = """\
alice:x:61001:61001:Alice Archer:/home/alice:/bin/bash
bob:x:61002:61002::/home/bob:/bin/bash
expired:x:61003:61003::/home/expired:/bin/bash
mustchange:x:61004:61004::/home/mustchange:/bin/bash
daemon:x:61005:61005::/:/usr/sbin/nologin
"""
GROUP = """\
hubadmins:x:61010:alice
hubusers:x:61011:alice,bob
"""
PASSDB = """\
alice:alicepw:hub
bob:bobpw:another-service
expired:exppw:hub
mustchange:mcpw:hub
daemon:daemonpw:hub
stranger:strangerpw:hub
"""


@pytest.fixture
def folder():
    """A folder that an unprivileged user can read, unlike `tmp_path`."""
    with TemporaryDirectory() as name:
        os.chmod(name, 0o755)
        yield Path(name)


def run(options, logins, environment=None, supplementary=()):
    """Run the program in unprivileged.py. Returns its result and its log."""
    asked = {"options": options, "logins": logins, "supplementary": list(supplementary)}
    done = subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", "-m", "tests.local.unprivileged"],
        cwd=REPOSITORY, env={**os.environ, **(environment or {})}, input=json.dumps(asked),
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr


@pytest.fixture
def made_up(folder):
    """Options and environment for users and passwords in files of the test."""
    nss = require_library("**/libnss_wrapper.so", "libnss-wrapper")
    matrix = f"{require_library('**/pam_wrapper/pam_matrix.so', 'libpam-wrapper')} passdb={folder}/passdb"
    for name, text in (("passwd", PASSWD), ("group", GROUP), ("passdb", PASSDB)):
        (folder / name).write_text(text)
    services = folder / "pam.d"
    services.mkdir()
    (services / "other").write_text("auth required pam_deny.so\n")
    (services / "hub").write_text(
        f"auth     required   {matrix}\n"
        "account  [success=1 default=ignore] pam_succeed_if.so quiet user != expired\n"
        "account  requisite  pam_debug.so acct=acct_expired\n"
        "account  [success=1 default=ignore] pam_succeed_if.so quiet user != mustchange\n"
        "account  requisite  pam_debug.so acct=new_authtok_reqd\n"
        f"account  required   {matrix}\n"
    )
    environment = {
        "LD_PRELOAD": str(nss),
        "NSS_WRAPPER_PASSWD": str(folder / "passwd"),
        "NSS_WRAPPER_GROUP": str(folder / "group"),
    }
    return {"service": "hub", "service_folder": str(services)}, environment


def test_users_of_another_source_need_no_privileges(made_up):
    options, environment = made_up
    said, _ = run(
        {**options, "admin_groups": ["hubadmins"], "user_groups": ["hubusers"]},
        [
            ("alice", "alicepw"), ("alice", "wrong"), ("ghost", "x"), ("bob", "bobpw"), ("expired", "exppw"),
            ("expired", "wrong"), ("mustchange", "mcpw"), ("daemon", "daemonpw"), ("stranger", "strangerpw"),
        ],
        environment,
    )  # fmt: skip
    assert said["start"] == ""
    errors = [login.get("error") for login in said["logins"]]
    assert said["logins"][0] == {"name": "alice", "admin": True}
    assert errors == [
        None, "LoginFailed", "LoginFailed", "AccountUnusable", "AccountUnusable",
        "LoginFailed", "AccountUnusable", "AccessDenied", "AccountUnusable",
    ]  # fmt: skip
    assert "(13)" in said["logins"][4]["detail"]
    assert "(12)" in said["logins"][6]["detail"]
    assert "no such Unix user" in said["logins"][8]["detail"]


def test_an_unprivileged_hub_that_cannot_check_passwords_does_not_start(folder):
    (folder / "unix").write_text(UNIX)
    said, _ = run({"service": "unix", "service_folder": str(folder)}, [])
    assert "/etc/shadow" in said["start"]
    assert "Run the Hub as root, or add its user to the group 'shadow'" in said["start"]


def test_it_is_a_warning_if_another_module_can_check_passwords(made_up):
    options, environment = made_up
    service = Path(options["service_folder"]) / "hub"
    service.write_text(service.read_text().replace("auth     required ", "auth sufficient pam_unix.so\nauth required "))
    said, log = run(options, [("alice", "alicepw")], environment)
    assert said["start"] == ""
    assert "/etc/shadow" in log
    assert said["logins"][0]["name"] == "alice"


@pytest.mark.skipif(not Path("/etc/shadow").exists(), reason="another kind of system")
def test_the_group_shadow_is_enough(users, folder):
    """The Hub needs root, or membership of `shadow`."""
    shadow = Path("/etc/shadow").stat()
    if not shadow.st_mode & 0o040:
        pytest.skip("on this system no group may read /etc/shadow")
    (folder / "unix").write_text(UNIX)
    ada, chief = users.user("ada"), users.user("chief")
    options = {"service": "unix", "service_folder": str(folder), "admin_groups": [users.group("chiefs", chief)]}
    said, _ = run(options, [(ada, "right"), (ada, "wrong"), (chief, "right")], supplementary=[shadow.st_gid])
    assert grp.getgrgid(shadow.st_gid).gr_name == "shadow"
    assert said["start"] == ""
    assert [login.get("name") for login in said["logins"]] == [ada, None, chief]
    assert said["logins"][2]["admin"] is True
