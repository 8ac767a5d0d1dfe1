"""Logins through a real JupyterHub."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from oauthenticator_suite.extend import ConfigurationError, hash_password

from {{ cookiecutter.__package }} import {{ cookiecutter.__class }}

PEOPLE = {"ada": "lovelace", "grace": "hopper", "eve": "let me in"}

StartHub = Callable[[str], str]


def write(people_file: Path, *names: str) -> None:
    """Write these users into the file."""
    people_file.write_text(json.dumps({name: hash_password(PEOPLE[name]) for name in names}), encoding="utf-8")


@pytest.fixture(scope="module")
def people_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("people") / "people.json"
    write(path, *PEOPLE)
    return path


@pytest.fixture(scope="module")
def hub(start_hub: StartHub, people_file: Path) -> str:
    """The URL of a Hub that allows ada and grace, and not eve."""
    return start_hub(
        f"""
c.{{ cookiecutter.__class }}.people_file = {str(people_file)!r}
c.{{ cookiecutter.__class }}.allowed_users = {{ '{{"ada", "grace"}}' }}
c.{{ cookiecutter.__class }}.auth_refresh_age = 1
c.{{ cookiecutter.__class }}.failure_delay = 0
"""
    )


def sign_in(hub: str, name: str, password: str, browser: requests.Session | None = None) -> requests.Response:
    """Submit the form of the Hub's login page, in a new browser unless one is given; returns the response."""
    browser = browser or requests.Session()
    browser.get(f"{hub}/hub/login").raise_for_status()
    fields = {"username": name, "password": password, "_xsrf": browser.cookies["_xsrf"]}
    return browser.post(f"{hub}/hub/login?next=/hub/home", data=fields)


@pytest.mark.parametrize("name", ["ada", "Ada"])
def test_the_right_password_signs_in(hub: str, name: str) -> None:
    page = sign_in(hub, name, "lovelace")
    assert (page.status_code, page.url) == (200, f"{hub}/hub/home")
    assert 'user: "ada"' in page.text


@pytest.mark.parametrize(("name", "password"), [("ada", "let me in"), ("ada", ""), ("nobody", "lovelace"), ("", "")])
def test_anything_else_shows_the_form_again(hub: str, name: str, password: str) -> None:
    page = sign_in(hub, name, password)
    assert page.status_code == 403
    assert 'name="password"' in page.text


def test_a_user_who_is_not_allowed_is_refused(hub: str) -> None:
    page = sign_in(hub, "eve", "let me in")
    assert page.status_code == 403
    assert 'name="password"' not in page.text


def test_a_user_who_is_removed_from_the_file_is_signed_out(hub: str, people_file: Path) -> None:
    with requests.Session() as browser:
        assert sign_in(hub, "grace", "hopper", browser).url == f"{hub}/hub/home"
        write(people_file, "ada", "eve")
        deadline = time.monotonic() + 30
        while browser.get(f"{hub}/hub/home").url == f"{hub}/hub/home":
            assert time.monotonic() < deadline, "still signed in"
            time.sleep(0.2)


@pytest.mark.parametrize("content", [None, "no JSON", '["ada"]', '{"ada": "lovelace"}', '{"ada": "$2b$12$another"}'])
def test_a_hub_does_not_start_with_an_unusable_file(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "people.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    authenticator = {{ cookiecutter.__class }}(people_file=str(path))
    with pytest.raises(ConfigurationError, match="people_file cannot be used") as refusal:
        authenticator.check_configuration()
    assert "lovelace" not in str(refusal.value)


def test_a_hub_does_not_start_without_a_file() -> None:
    with pytest.raises(ConfigurationError, match=r"set c\.\w+\.people_file"):
        {{ cookiecutter.__class }}().check_configuration()
