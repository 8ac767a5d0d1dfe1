"""PAM service files are read as PAM reads them, and a service that needs no password is refused."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from oauthenticator_suite.errors import ConfigurationError
from oauthenticator_suite.local.pam.service_files import (
    FOLDERS,
    ServiceProblem,
    asks_for_password,
    lets_in_without_password,
    read_stack,
)

from .conftest import pam_config

DEBIAN = """
auth [success=1 default=ignore] pam_unix.so nullok
auth requisite pam_deny.so
auth required pam_permit.so
auth optional pam_cap.so
"""
FEDORA = """
auth        required      pam_env.so
auth        required      pam_faildelay.so delay=2000000
auth        [default=1 ignore=ignore success=ok]  pam_usertype.so isregular
auth        [default=1 ignore=ignore success=ok]  pam_localuser.so
auth        sufficient    pam_unix.so nullok
auth        [default=1 ignore=ignore success=ok]  pam_usertype.so isregular
auth        sufficient    pam_sss.so forward_pass
auth        required      pam_deny.so
"""
SAFE = {
    "Debian": DEBIAN,
    "Fedora": FEDORA,
    "one module": "auth required pam_unix.so",
    "permit after a password": "auth required pam_unix.so\nauth required pam_permit.so",
    "permit that is optional, after a password": "auth required pam_unix.so\nauth optional pam_permit.so",
    "a condition and a password": "auth requisite pam_succeed_if.so user ingroup hub\nauth required pam_unix.so",
    "an unknown module": "auth required pam_of_this_site.so",
    "a substack that fails": "auth required pam_env.so\nauth substack password",
    "nothing at all": "auth required pam_deny.so",
    "only neutral ones": "auth required pam_env.so\nauth optional pam_cap.so",
    "a program that gets the password": "auth sufficient pam_exec.so expose_authtok /bin/check\nauth required pam_deny.so",
    "reset": "auth [success=reset] pam_permit.so\nauth required pam_unix.so",
}
OPEN = {
    "su": ("auth sufficient pam_rootok.so\n@include password", "pam_rootok"),
    "permit": ("auth required pam_permit.so", "pam_permit"),
    "permit first": ("auth sufficient pam_permit.so\nauth required pam_unix.so", "pam_permit"),
    "permit, and the password does not matter": (
        "auth optional pam_unix.so\nauth required pam_permit.so",
        "pam_permit",
    ),
    "a group that needs none": (
        "auth sufficient pam_succeed_if.so user ingroup nopasswdlogin\n@include password",
        "pam_succeed_if",
    ),
    "trusted wheel": ("auth sufficient pam_wheel.so trust\nauth required pam_unix.so", "pam_wheel"),
    "Debian without its deny": (DEBIAN.replace("auth requisite pam_deny.so\n", ""), "pam_permit"),
    "one jump too far": (DEBIAN.replace("success=1 default=ignore", "success=1 default=1"), "pam_permit"),
    "in a substack": ("auth substack open\nauth optional pam_cap.so", "pam_permit"),
    "included": ("auth include open", "pam_permit"),
    "by what is left of a line": ("auth \\\n  required \\\n  pam_permit.so # all", "pam_permit"),
    "with a minus": ("-auth required pam_permit.so", "pam_permit"),
    "in capitals": ("AUTH Required pam_permit.so", "pam_permit"),
    "with a path": ("auth required /lib/security/pam_permit.so", "pam_permit"),
}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "password").write_text("auth required pam_unix.so\n")
    (tmp_path / "open").write_text("auth required pam_permit.so\n")
    (tmp_path / "other").write_text("auth required pam_deny.so\n")
    return tmp_path


def stack_of(folder, text):
    (folder / "hub").write_text(text)
    return read_stack("hub", [folder])


@pytest.mark.parametrize("text", SAFE.values(), ids=SAFE)
@pytest.mark.parametrize("as_root", [True, False])
def test_services_that_are_safe(folder, text, as_root):
    assert lets_in_without_password(stack_of(folder, text), as_root=as_root) is None


@pytest.mark.parametrize(("text", "by"), OPEN.values(), ids=OPEN)
def test_services_that_are_not(folder, text, by):
    assert lets_in_without_password(stack_of(folder, text), as_root=True) == by


def test_pam_rootok_accepts_only_when_the_hub_runs_as_root(folder):
    stack = stack_of(folder, OPEN["su"][0])
    assert lets_in_without_password(stack, as_root=False) is None


def test_modules_that_compare_a_password(folder):
    assert asks_for_password(stack_of(folder, FEDORA)) == {"pam_unix", "pam_sss"}
    assert asks_for_password(stack_of(folder, "auth substack password\nauth required pam_permit.so")) == {"pam_unix"}
    assert asks_for_password(stack_of(folder, "auth required pam_permit.so")) == set()


def test_other_stands_in_for_a_missing_stack(folder):
    (entry,) = stack_of(folder, "account required pam_permit.so")
    assert entry.module == "pam_deny"
    assert [entry.module for entry in read_stack("hub", [folder], "account")] == ["pam_permit"]


def test_the_first_folder_wins_and_files_may_be_named_by_their_path(folder, tmp_path):
    vendor = tmp_path / "vendor"
    vendor.mkdir()
    (vendor / "password").write_text("auth required pam_permit.so\n")
    (vendor / "only-here").write_text(f"auth include {folder}/password\n")
    assert read_stack("password", [folder, vendor])[0].module == "pam_unix"
    assert read_stack("only-here", [folder, vendor])[0].module == "pam_unix"


@pytest.mark.parametrize(
    ("service", "text", "words"),
    [
        ("nowhere", "", ["'nowhere'", "PAM would use the service 'other'", "open, other, password"]),
        ("../passwd", "", ["not a valid service name"]),
        ("", "", ["not a valid service name"]),
        ("a\0b", "", ["not a valid service name"]),
        ("hub", "auth sometimes pam_unix.so", ["'sometimes'"]),
        ("hub", "auth include nowhere", ["hub → nowhere cannot be included"]),
        ("hub", "@include hub", ["hub → hub"]),
        ("hub", "auth substack hub", ["hub → hub"]),
    ],
)
def test_services_that_cannot_be_read(folder, service, text, words):
    (folder / "hub").write_text(text)
    with pytest.raises(ServiceProblem) as caught:
        read_stack(service, [folder])
    for word in words:
        assert word in str(caught.value)


def test_many_conditions_take_little_time(folder):
    lines = ["auth [success=ok default=1] pam_succeed_if.so uid > 5"] * 200
    stack = stack_of(folder, "\n".join([*lines, "auth required pam_unix.so"]))
    assert lets_in_without_password(stack, as_root=True) == "pam_succeed_if"


@pytest.mark.skipif(not Path("/etc/pam.d/su").exists(), reason="another kind of system")
def test_services_of_this_machine():
    assert lets_in_without_password(read_stack("su", FOLDERS), as_root=True) == "pam_rootok"
    assert lets_in_without_password(read_stack("other", FOLDERS), as_root=True) is None


# --- at start-up ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("traits", "words"),
    [
        ({"service": "nowhere"}, ["service", "'nowhere'", "unix"]),
        ({"service": "../unix"}, ["service", "not a valid service name"]),
        ({"service": "open"}, ["'open'", "without their password", "pam_permit", "'login'"]),
        ({"service": "shut"}, ["'shut'", "no user could sign in"]),
        ({"service_folder": "/nonexistent/folder"}, ["service", "/nonexistent/folder"]),
        ({"maintainer_groups": {"x"}}, ["maintainer_groups", "manage_roles = True", "manage_groups = True"]),
        ({"maintainer_groups": {"x"}, "manage_roles": True, "maintainer_scopes": ["no:such"]}, ["maintainer_scopes", "no:such"]),
        ({"all_unix_groups": True}, ["all_unix_groups", "manage_groups = True"]),
        ({"encoding": "klingon"}, ["encoding", "klingon"]),
        ({"group_roles": {"x": ["user"]}}, ["group_roles", "manage_roles"]),
        ({"require_verified_email": True}, ["require_verified_email", "no effect"]),
        ({"username_claim": "x"}, ["username_claim", "no effect"]),
    ],
    ids=str,
)  # fmt: skip
async def test_mistakes_stop_the_start(pam_hub, services, traits, words):
    (services / "open").write_text("auth required pam_permit.so\n")
    (services / "shut").write_text("auth required pam_deny.so\n")
    with pytest.raises(ConfigurationError) as caught:
        await pam_hub(**traits)
    for word in words:
        assert word in caught.value.detail


async def test_a_role_with_scopes_in_two_places(pam_hub):
    with pytest.raises(ConfigurationError, match="load_roles"):
        await pam_hub(
            load_roles=[{"name": "maintainer", "scopes": ["list:users"]}],
            maintainer_groups={"x"},
            manage_roles=True,
            maintainer_scopes=["list:users"],
        )


@pytest.mark.skipif(os.geteuid() != 0, reason="su accepts only root without a password")
@pytest.mark.skipif(not Path("/etc/pam.d/su").exists(), reason="another kind of system")
async def test_the_service_su_is_refused(hubs, services):
    """REAL: service `su` as root accepts any password."""
    with pytest.raises(ConfigurationError, match="pam_rootok"):
        await hubs(pam_config(services, service="su", service_folder=""))


async def test_missing_groups_are_logged_at_start_up(pam_hub):
    hub = await pam_hub(user_groups={"no-such-group-1"}, allowed_groups={"no-such-group-2"})
    for group in ("no-such-group-1", "no-such-group-2"):
        assert len(hub.log.lines_with(f"here is no Unix group '{group}'")) == 1


@pytest.mark.parametrize("module", ["None", "type(sys)('pam')"], ids=["missing", "of another package"])
@pytest.mark.parametrize("with_folder", [True, False])
def test_without_python_pam_the_start_says_what_to_install(services, module, with_folder):
    folder = str(services) if with_folder else ""
    code = (
        f"import sys; sys.modules['pam'] = {module}\n"
        "from oauthenticator_suite import PAMAuthenticator\n"
        f"PAMAuthenticator(service='unix', service_folder={folder!r}).check_system()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "PAMAuthenticator needs the package python-pam: pip install python-pam (" in done.stderr
    assert done.stderr.count("[pam-library]") == done.stderr.count("needs the package python-pam") == 1
