"""What a person sees of the wiki."""

from __future__ import annotations

from html import escape

from tests.fakes.openid_provider.records import Reply

from .records import Consumer


def page(title: str, content: str, status: int = 200) -> Reply:
    head = f"<!DOCTYPE html><html><head><title>{title} - Wiki</title></head>"
    text = f"{head}<body><h1>{title}</h1>{content}</body></html>"
    return Reply(status=status, body=text.encode(), headers={"Content-Type": "text/html; charset=UTF-8"})


def dialog(action: str, consumer: Consumer) -> Reply:
    """Is it right to tell the consumer who you are? `accept` and `cancel` are what the buttons send."""
    buttons = '<button name="accept" value="1">Allow</button><button name="cancel" value="1">Cancel</button>'
    form = f'<form method="post" action="{escape(action)}">{buttons}</form>'
    return page("Connected applications", f"<p>{escape(consumer.name)} asks who you are.</p>{form}")
