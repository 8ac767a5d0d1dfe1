"""A second factor: real PAM asks for the codes of an authenticator app (pam_oath), and the form submits them."""

import hashlib
import hmac
import struct

import pytest

from tests.support.system_tools import require_library

from .conftest import sign_in

SECRET = bytes(range(20))
WRONG = "This username and password do not match. Please check both and try again."


def code_number(counter):
    """The counter-based one-time password (RFC 4226 §5.3)."""
    digest = hmac.digest(SECRET, struct.pack(">Q", counter), hashlib.sha1)
    offset = digest[-1] & 15
    return str((struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFFFFFF) % 1_000_000).zfill(6)


@pytest.fixture
def ada(users, services, tmp_path):
    """A user with a password and a code generator. The service asks for both, one after the other."""
    require_library("**/security/pam_oath.so", "libpam-oath")
    name = users.user()
    codes = tmp_path / "users.oath"
    codes.write_text(f"HOTP {name} - {SECRET.hex()}\n")
    codes.chmod(0o600)
    oath = f"auth required pam_oath.so usersfile={codes} window=10 digits=6\n"
    unix = "auth required pam_unix.so nodelay\n"
    (services / "unix").write_text(f"{unix}{oath}account required pam_unix.so\n")
    (services / "code-first").write_text(f"{oath}{unix}account required pam_unix.so\n")
    return name


@pytest.mark.parametrize("service", ["unix", "code-first"])
async def test_password_and_code_are_both_needed(ada, pam_hub, service):
    hub = await pam_hub(service=service, request_otp=True, otp_prompt="Code of your app:")
    page = await hub.browser().open("/hub/login")
    assert "Code of your app:" in page.text
    for password, code, comes_in in (
        ("right", code_number(0), True),
        ("right", code_number(0), False),  # a code is valid once
        ("wrong", code_number(1), False),
        ("right", "000000", False),
        ("right", "", False),
        (code_number(2), "right", False),
        ("right", code_number(3), True),
    ):
        browser, page = await sign_in(hub, ada, password, otp=code)
        assert browser.logged_in is comes_in, (password, code)
        if not comes_in:
            assert WRONG in page.text


async def test_without_the_field_the_login_fails(ada, pam_hub):
    hub = await pam_hub()
    assert (await sign_in(hub, ada))[1].status == 403
    assert (await sign_in(hub, ada, f"right{code_number(0)}"))[1].status == 403
    assert (await sign_in(hub, ada, otp=code_number(0)))[1].status == 403, "the form has no such field"


@pytest.fixture
def two_questions(users, services, tmp_path):
    """The second question echoes the input. pam_matrix words it `Password:`, so only its position tells it apart."""
    matrix = require_library("**/pam_wrapper/pam_matrix.so", "libpam-wrapper")
    name = users.user()
    (tmp_path / "passdb").write_text(f"{name}:second:unix\n")
    question = f"auth required {matrix} passdb={tmp_path}/passdb echo\n"
    (services / "unix").write_text(f"auth required pam_unix.so nodelay\n{question}account required pam_unix.so\n")
    (services / "three").write_text(f"auth required pam_unix.so\n{question}{question}account required pam_unix.so\n")
    return name


async def test_a_question_that_echoes_the_input_does_not_get_the_password(two_questions, pam_hub):
    hub = await pam_hub()
    assert (await sign_in(hub, two_questions))[1].status == 403
    assert hub.log.lines_with("the service asks for something more: 'Password:'")


async def test_the_second_question_gets_the_code(two_questions, pam_hub):
    hub = await pam_hub(request_otp=True)
    assert (await sign_in(hub, two_questions, otp="second"))[1].status == 200
    assert (await sign_in(hub, two_questions, otp="right"))[1].status == 403


async def test_a_third_question_gets_no_answer(two_questions, pam_hub):
    hub = await pam_hub(service="three", request_otp=True)
    assert (await sign_in(hub, two_questions, otp="second"))[1].status == 403
    assert hub.log.lines_with("the service asks for something more")


@pytest.mark.parametrize(
    ("questions", "answers"),
    [
        (["Password: "], [b"pw"]),
        (["Password: ", "Verification code: "], [b"pw", b"42"]),
        (["Verification code: ", "Password: "], [b"42", b"pw"]),
        (["One-time password (OATH) for `ada': ", "Password: "], [b"42", b"pw"]),
        (["Passwort: ", "Einmalkennwort: "], [b"pw", b"42"]),
        (["Password & verification code: "], [b"pw42"]),
        (["Password and token: "], [b"pw42"]),
        (["Enter PIN: "], [b"42"]),
        (["Password: ", "Code: ", "Once more: "], [b"pw", b"42", None]),
    ],
    ids=str,
)
def test_which_question_gets_which_answer(questions, answers):
    from oauthenticator_suite.local.pam.conversation import _Talk

    talk = _Talk(b"pw", b"42", "utf8")
    assert [talk.answer(1, question) for question in questions] == answers
    assert (talk.unanswered is None) is (None not in answers)
