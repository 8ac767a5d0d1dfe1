"""A morning at an operator's desk, from the alert to the moment at which everybody signs in again.

The Hub is a real one with a configuration file and a database file. `promtool` decides whether the alert fires, on the
numbers that the Hub's own metrics page has given. The commands read the file and the database, as an operator's do. With
``PICTURES=1`` in the environment the pictures of docs/how-to/a-morning-at-the-desk.md are taken again.
"""

from __future__ import annotations

import asyncio
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml
from jupyterhub.crypto import KEY_ENV
from PIL import Image
from playwright.async_api import async_playwright
from prometheus_client.parser import text_string_to_metric_families

from oauthenticator_suite.cli.configuration.sources import read
from tests.fakes.openid_provider import FakeProvider
from tests.support import Browser, Hub, HubState, reference_on, start_hub
from tests.support.refreshing import Time, refresh_is_due, refreshes_ended
from tests.support.system_tools import require_program

REPOSITORY = Path(__file__).parents[2]
MONITORING = REPOSITORY / "examples" / "monitoring"
PICTURES = REPOSITORY / "docs" / "how-to" / "pictures"
CHROMIUM = ("chromium", "/usr/bin", "chromium")
TOKEN = "the-token-with-which-prometheus-reads-the-metrics"
CLIENT_SECRET = "the-client-secret-of-a-morning-at-the-desk-0123456789"

CONFIGURATION = """\
from pathlib import Path

c = get_config()
here = Path(__file__).parent

c.JupyterHub.authenticator_class = "suite-generic"
c.GenericOAuthenticator.issuer = "{issuer}"
c.GenericOAuthenticator.client_id = "{client_id}"
c.GenericOAuthenticator.client_secret_file = str(here / "client_secret")
c.GenericOAuthenticator.oauth_callback_url = "{callback}"
c.GenericOAuthenticator.login_service = "Example University"
c.GenericOAuthenticator.username_claim = "preferred_username"
c.GenericOAuthenticator.scope = ["openid", "profile", "groups"]
c.GenericOAuthenticator.auth_state_groups_key = "oauth_user.groups"
c.GenericOAuthenticator.manage_groups = True
c.GenericOAuthenticator.allowed_groups = {{"course-2026"}}
c.GenericOAuthenticator.admin_users = {{"alice"}}
c.GenericOAuthenticator.enable_auth_state = True
c.GenericOAuthenticator.hub_name = "Ocean Data Hub"
c.JupyterHub.db_url = f"sqlite:///{{here}}/hub.sqlite"
"""

HANDLERS = """
import logging
c.EventLogger.handlers = [logging.FileHandler(here / "events.jsonl")]
"""


class Desk:
    """The operator's files and commands."""

    def __init__(self, folder: Path, provider: FakeProvider) -> None:
        self.folder = folder
        self.state = HubState(directory=folder)
        self.file = folder / "jupyterhub_config.py"
        client = provider.client
        client.redirect_uris.add(f"{self.state.url}/hub/oauth_callback")
        client.client_secret, client.auth_method = CLIENT_SECRET, "client_secret_post"
        secret = folder / "client_secret"
        secret.touch(mode=0o600)
        secret.write_text(CLIENT_SECRET)
        names = {
            "issuer": provider.issuer,
            "client_id": client.client_id,
            "callback": f"{self.state.url}/hub/oauth_callback",
        }
        self.file.touch(mode=0o600)
        self.file.write_text(CONFIGURATION.format(**names) + HANDLERS)

    def hub(self) -> Any:
        """A Hub with the file, and with a service that reads its metrics."""
        config = read([self.file]).config
        config.JupyterHub.services = [{"name": "prometheus", "api_token": TOKEN}]
        config.JupyterHub.load_roles = [{"name": "prometheus", "scopes": ["read:metrics"], "services": ["prometheus"]}]
        return start_hub(config, self.state)

    async def run(self, *words: str) -> tuple[int, str]:
        """The exit status and the output of ``oauthenticator-suite`` in the operator's shell."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "oauthenticator_suite", *words),
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY), KEY_ENV: self.state.crypt_key},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output = (await process.communicate())[0].decode()
        assert "Traceback" not in output
        assert CLIENT_SECRET not in output
        return process.returncode or 0, output

    def events(self) -> list[dict[str, Any]]:
        """The events that the Hub has written."""
        lines = (self.folder / "events.jsonl").read_text().splitlines()
        return [json.loads(line) for line in lines if "oauthenticator-suite" in line]


async def metrics_of(hub: Hub) -> dict[str, float]:
    """Each series of this package on the metrics page, as PromQL writes it, and its value."""
    page = await hub.browser().request("GET", "/hub/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert page.status == 200, page
    found = {}
    for family in text_string_to_metric_families(page.body):
        for sample in family.samples:
            if sample.name.startswith("jupyterhub_suite_"):
                labels = ", ".join(f'{name}="{value}"' for name, value in {**sample.labels, "instance": "hub"}.items())
                found[f"{sample.name}{{{labels}}}"] = sample.value
    return found


def alerts(folder: Path, before: dict[str, float], after: dict[str, float]) -> set[str]:
    """The alerts that fire when the numbers changed from `before` to `after` and stayed so for ten minutes."""
    promtool = require_program("promtool", "/usr/bin", "prometheus")
    names = [
        rule["alert"]
        for group in yaml.safe_load((MONITORING / "rules.yml").read_text())["groups"]
        for rule in group["rules"]
        if "alert" in rule
    ]
    series = [{"series": 'up{job="jupyterhub", instance="hub"}', "values": "1x30"}]
    series += [
        {"series": name, "values": f"{before.get(name, 0)}x5 {value}x24"}
        for name, value in after.items()
        if "NaN" not in str(value) and "nan" not in str(value)
    ]
    firing = set()
    for alert in names:
        test = {
            "rule_files": [str(MONITORING / "rules.yml")],
            "evaluation_interval": "1m",
            "tests": [
                {
                    "interval": "1m",
                    "input_series": series,
                    "alert_rule_test": [{"eval_time": "15m", "alertname": alert, "exp_alerts": []}],
                }
            ],
        }
        (folder / "alert_test.yml").write_text(yaml.safe_dump(test))
        silent = subprocess.run(
            [promtool, "test", "rules", "alert_test.yml"],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if silent.returncode:
            assert f'alertname="{alert}"' in silent.stderr + silent.stdout, silent.stderr + silent.stdout
            firing.add(alert)
    return firing


class Camera:
    """Takes pictures of pages for the documentation, when it is asked to."""

    async def take(self, browser: Browser, path: str, name: str, height: int = 800) -> None:
        if not os.environ.get("PICTURES"):
            return
        async with async_playwright() as playwright:
            chromium = await playwright.chromium.launch(
                executable_path=str(require_program(*CHROMIUM)), args=["--no-sandbox", "--disable-gpu"]
            )
            context = await chromium.new_context(viewport={"width": 1000, "height": height}, locale="en")
            await context.add_cookies(
                [
                    {"name": each.key, "value": each.value, "domain": "127.0.0.1", "path": each["path"] or "/"}
                    for each in browser._session.cookie_jar
                ]
            )
            window = await context.new_page()
            await window.goto(path)
            taken = Image.open(io.BytesIO(await window.screenshot())).convert("RGB")
            taken.quantize(128, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
                PICTURES / f"{name}.png", optimize=True
            )
            await chromium.close()


def people(provider: FakeProvider) -> None:
    for name, groups in {"alice": ["staff"], "bob": ["course-2026"], "carol": ["course-2027"]}.items():
        provider.users.setdefault(name, {"sub": f"number-of-{name}", "preferred_username": name})["groups"] = groups


async def test_a_morning_at_the_desk(provider: FakeProvider, tmp_path: Path) -> None:
    people(provider)
    desk, camera = Desk(tmp_path, provider), Camera()

    # Before: the configuration has no finding, and the Hub runs.
    status, report = await desk.run("check", "--strict")
    assert status == 0, report

    async with desk.hub() as hub:
        time, alice, bob = Time(hub), hub.browser(), hub.browser()
        assert (await alice.login("alice")).status == 200
        assert (await bob.login("bob")).status == 200
        quiet = await metrics_of(hub)
        assert alerts(tmp_path, quiet, quiet) == set()

        # 8:02. The provider goes down. Bob works on; a newcomer cannot sign in.
        for endpoint in ("token", "userinfo", "jwks", "discovery"):
            provider.faults.on("F3", at=endpoint)  # connections are dropped
        time.passes(300)  # the data of the logins are old enough
        for _ in range(4):
            time.passes(60)
            refresh_is_due(hub, "bob")
            assert (await bob.get("/hub/home")).status == 200
            await refreshes_ended(hub.authenticator)

        # 8:07. The alert fires.
        firing = alerts(tmp_path, quiet, await metrics_of(hub))
        assert "LoginProviderDown" in firing

        # 8:08. The status page says it.
        page = await alice.get("/hub/auth/status")
        assert "Not answering" in page.text
        await camera.take(alice, f"{hub.url}/hub/auth/status", "desk-provider-down")

        # 8:30. It answers again.
        provider.faults.off()
        time.passes(60)
        refresh_is_due(hub, "bob")
        assert (await bob.get("/hub/home")).status == 200
        await refreshes_ended(hub.authenticator)
        assert "Not answering" not in (await alice.get("/hub/auth/status")).text

        # 9:15. Carol is refused, and reads her reference out.
        carol = hub.browser()
        refused = await carol.login("carol")
        assert refused.status == 403
        reference = reference_on(refused, hub)
        await camera.take(carol, refused.url, "desk-refused", height=700)
        assert reference in (await alice.get("/hub/auth/status")).text

    # The operator asks why.
    status, answer = await desk.run("explain", "--reference", reference)
    assert status == 1
    assert "carol" in answer
    assert "course-2027" in answer
    line = 'c.GenericOAuthenticator.allowed_groups.add("course-2027")'
    assert line in answer, answer

    # The operator fixes the configuration. A slip of the pen does not reach the Hub: the check names it.
    text = desk.file.read_text()
    desk.file.write_text(f"{text}\n{line.replace('allowed_groups', 'alowed_groups')}\n")
    status, report = await desk.run("check")
    assert status == 1
    assert "allowed_groups" in report
    desk.file.write_text(f"{text}\n{line}\n")
    status, report = await desk.run("check", "--strict")
    assert status == 0, report
    status, answer = await desk.run("explain", "--reference", reference)
    assert status == 0, answer

    async with desk.hub() as hub:
        # Carol signs in. Bob never noticed the restart.
        carol, again = hub.browser(), hub.browser()
        assert (await carol.login("carol")).status == 200
        bob.copy_cookies_to(again)
        assert (await again.get("/hub/home")).status == 200

        # 11:00. Everybody is asked to sign in again.
        boss = hub.browser()
        assert (await boss.login("alice")).status == 200
        question = await boss.get("/hub/auth/status")
        assert question.status == 200, question
        await camera.take(boss, f"{hub.url}/hub/auth/status", "desk-status", height=1500)
        (form,) = re.findall(r'<form[^>]*method="post"[^>]*>.*?</form>', question.body, re.DOTALL)
        xsrf = re.findall(r'name="_xsrf" value="([^"]*)"', form)[0]
        done = await boss.request("POST", "/hub/auth/status", data={"_xsrf": xsrf, "ask": "everyone"})
        assert done.status == 303, done
        await camera.take(again, f"{hub.url}/hub/home", "desk-asked", height=600)
        ended = await again.open("/hub/home")
        assert "The administrators of Ocean Data Hub ask you to sign in again." in ended.text
        assert (await again.login("bob")).status == 200

    # The events have it all, by reference and by name, and no secret.
    events = desk.events()
    kinds = [event["__schema__"].rpartition("/")[2] for event in events]
    (refusal,) = [event for event in events if event["__schema__"].endswith("/refusal")]
    assert (refusal["reference"], refusal["username"]) == (reference, "carol")
    asked = [event for event in events if event["__schema__"].endswith("/session-ended") and event.get("by")]
    assert [(event["reason"], event["by"]) for event in asked] == [("asked", "alice")]
    assert kinds.count("configuration") == 2
    assert kinds.count("login") == 5
    assert CLIENT_SECRET not in (tmp_path / "events.jsonl").read_text()
