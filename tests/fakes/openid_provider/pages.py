"""The page with which a provider lets the browser post the authorization response (Form Post Response Mode)."""

from __future__ import annotations

from html import escape

from .records import Reply

MARK = 'data-response="authorization"'


def form_page(url: str, fields: list[tuple[str, str]]) -> Reply:
    """A page whose form a browser submits as soon as it has loaded it."""
    inputs = "".join(f'<input type="hidden" name="{escape(name)}" value="{escape(value)}"/>' for name, value in fields)
    form = f'<form method="post" action="{escape(url)}" {MARK}>{inputs}</form>'
    page = f"<!DOCTYPE html><title>Continue</title><body onload='document.forms[0].submit()'>{form}</body>"
    return Reply(body=page.encode(), headers={"Content-Type": "text/html; charset=utf-8"})
