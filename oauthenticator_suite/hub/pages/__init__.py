"""The pages that users see: what they say and how they look.

What belongs here: every sentence (`sentences`), its translations (`language`, ``locales/``), the templates, the
stylesheet and the script, and the data that a template needs (`frame`, `ways`, `message`). Nothing here decides what
happens: request handlers, in `hub.web` and above, choose a page and give it its facts.

What does not belong here: the wording of log lines and of errors for operators, which stay where they are raised.

Read `message` first: it turns an error into a page.
"""
