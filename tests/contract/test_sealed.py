"""A provider is a configuration face: what makes a login safe is not its to define."""

import ast
from pathlib import Path

import pytest

import oauthenticator_suite.providers

SEALED = {
    "authenticate", "refresh_user", "check_allowed", "check_blocked_users", "get_authenticated_user", "get_handlers",
    "get", "post", "policy", "decide", "begin_attempt", "_token_to_auth_model", "_verified_claims",
}  # fmt: skip

FILES = sorted(Path(oauthenticator_suite.providers.__file__).parent.glob("*.py"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_provider_defines_a_sealed_name(file):
    defined = {
        node.name
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert not defined & SEALED


def test_there_are_providers_to_look_at():
    assert [file.stem for file in FILES if file.stem != "__init__"]
