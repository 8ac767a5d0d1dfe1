"""Every sentence on the pages, in English. Other languages are in ``locales/``; ``scripts/translations.py`` makes them.

A sentence is looked up by its key. The sentences of errors are in `errors`, next to what they are for, and
`sentences_of_errors` collects them. Placeholders in braces are names: ``{hub}``, ``{provider}``, ``{username}``,
``{owner}``, ``{time}``, ``{count}`` and ``{command}``. They are escaped, and set apart for both reading directions.
Translators may place them anywhere, but must not add others. No sentence begins with a placeholder that may be in
lower case.
"""

from __future__ import annotations

from ... import errors
from ...protocol.authorization import PROVIDER_REFUSALS
from .failure import REFUSALS

SENTENCES = {
    # --- the frame of every page ---
    "page.title": "{page} · {hub}",
    "page.noscript": "Signing in works without JavaScript. The pages of {hub} after that need it.",
    "page.insecure": (
        "This page did not come over a secure connection (HTTPS). Others on this network could read what you type."
    ),
    "page.announcement": "From the administrators of {hub}",
    "page.help": "Get help",
    "page.privacy": "Privacy",
    "page.terms": "Terms of use",
    # --- the sign-in page ---
    "signin.title": "Sign in",
    "signin.heading": "Sign in to {hub}",
    "signin.choose": "Choose how you want to sign in.",
    "signin.with": "Sign in with {provider}",
    "signin.there": "You will go to {provider} and come straight back.",
    "signin.last": "Last used",
    "signin.list": "Ways to sign in",
    "signin.search": "Find your organisation",
    "signin.search.go": "Search",
    "signin.search.found": "Found: {count}",
    "signin.search.none": "Nothing found. Try a shorter word, or the name of the town.",
    "signin.search.all": "Show all",
    "signin.or": "or",
    "signin.others": "Other ways to sign in",
    # --- the form for a name and a password ---
    "form.heading": "Sign in with {provider}",
    "form.username": "Username",
    "form.password": "Password",
    "form.show": "Show password",
    "form.submit": "Sign in",
    "form.busy": "Signing in…",
    "form.terms": "I accept the {terms}.",
    "form.terms.link": "terms of use",
    "form.expired": "This page was open for too long. Please sign in once more.",
    "form.wait.left": "You can try again in {time}.",
    "form.wait.over": "You can try again now.",
    # --- the reference of an error ---
    "reference.label": "Reference",
    "reference.why": "If you ask for help, give this code.",
    "reference.copy": "Copy",
    "reference.copied": "Copied",
    # --- the account that signed in ---
    "person.here": "You signed in as {username}.",
    "person.at": "You signed in as {username} with {provider}.",
    # --- a user who is not allowed ---
    "denied.title": "No access",
    "denied.heading": "This account has no access to {hub}",
    "denied.other": "Use another account",
    "denied.other.how": "You can then choose another account at {provider}.",
    "denied.other.first": "To use another account, sign out at {provider} first.",
    "denied.ask": "Ask for access",
    # --- a sign-in that can be repeated ---
    "again.title": "Please try again",
    "again.heading": "Please try that once more",
    "again.calm": "Nothing is lost, and nobody was signed in.",
    "again.persists": "If this happens again, please tell the administrators of {hub}.",
    "again.button": "Try again",
    "again.home": "Back to {hub}",
    "again.back": "Back to the sign-in page",
    # --- a provider that does not answer ---
    "down.title": "Cannot reach {provider}",
    "down.heading": "We cannot reach {provider} right now",
    "down.calm": "You did nothing wrong. Please try again in a few minutes.",
    "down.status": "Status page of {provider}",
    # --- a mistake in the Hub's configuration ---
    "setup.title": "Not set up",
    "setup.heading": "Signing in does not work on {hub}",
    # --- an account of this name exists ---
    "taken.title": "Name already taken",
    "taken.heading": "The name {username} is already taken",
    "taken.text": "On {hub}, this name belongs to an account that signs in with {owner}.",
    "taken.unknown": "On {hub}, this name belongs to an account that signs in another way.",
    "taken.you": "Is it yours? Then sign in the way you did before.",
    # --- another account is signed in ---
    "other.title": "Continue as {username}?",
    "other.signed_in": (
        "You are signed in to {hub} as {current}. Another sign-in in this browser, at {provider}, was for {username}. "
        "Nothing has changed so far."
    ),
    "other.nobody": "A sign-in at {provider} in this browser was for {username}. Nobody has been signed in so far.",
    "other.not_yours": "If you did not start it, stay signed in as {current}.",
    "other.stay": "Stay signed in as {current}",
    "other.continue": "Continue as {username}",
    "other.how": "To continue, you sign in at {provider} once more.",
    # --- signing out ---
    "leave.title": "Sign out?",
    "leave.who": "You are signed in as {username}.",
    "leave.why": "A link on another site may have led you here. If you did not want to sign out, stay signed in.",
    "leave.button": "Sign out",
    "leave.stay": "Stay signed in",
    "out.title": "Signed out",
    "out.heading": "You are signed out of {hub}",
    "out.still": "You may still be signed in at {provider}. On a shared computer, sign out there too.",
    "out.servers": "Your servers keep running, and your files are safe.",
    "out.files": "Your files are safe.",
    "out.again": "Sign in again",
    # --- why a session has ended: the last part of the key is a value of `hub.sessions.outcome.Reason` ---
    "ended.title": "Please sign in again",
    "ended.logout": "You signed out in another browser, so you were signed out here too.",
    "ended.provider_logout": "You signed out at your login provider, so you were signed out here too.",
    "ended.grant_ended": "Your login provider no longer confirms your session.",
    "ended.outage": "Your login provider has not answered for some time, so your session could not be confirmed.",
    "ended.no_login": "Your last sign-in is not on record here.",
    "ended.max_age": "You have been signed in for a long time. Please show that it is still you.",
    "ended.idle": "You have not used {hub} for some time, so you were signed out.",
    "ended.asked": "The administrators of {hub} ask you to sign in again.",
    "ended.other_browser": "You signed in with another browser, so you were signed out here.",
    "ended.denied": "Your access to {hub} has changed, so you were signed out.",
    "ended.other": "Your session has ended.",
    "ended.calm": "Your files are safe. After signing in, you will be back where you were.",
    # --- the status page, for operators ---
    "status.title": "Sign-in status",
    "status.as_of": "As of {time}",
    "status.reload": "Reload",
    "status.col.provider": "Way",
    "status.col.where": "Where",
    "status.col.state": "State",
    "status.col.since": "Since",
    "status.col.answer": "Answer time",
    "status.col.sign_ins": "Sign-ins in 24 hours",
    "status.counted": "Sign-ins and answers are counted since the last start of {hub}: {time}.",
    "status.up": "Working",
    "status.slow": "Slow",
    "status.down": "Not answering",
    "status.not_asked": "Not asked yet",
    "status.local": "On this server",
    "status.unknown": "Not known",
    "status.findings": "Findings in the configuration",
    "status.findings.none": "There are no findings.",
    "status.col.severity": "Severity",
    "status.col.finding": "Finding",
    "status.error": "Error",
    "status.warning": "Warning",
    "status.info": "Information",
    "status.refusals": "Refused in the last 24 hours",
    "status.refusals.none": "Nobody was refused.",
    "status.refusals.why": "With a reference, the command {command} tells why.",
    "status.col.rule": "Rule",
    "status.col.count": "Times",
    "status.col.latest": "Latest",
    "status.refresh": "Checks of signed-in users",
    "status.waiting": "Waiting",
    "status.running": "Running",
    "status.failing": "Without an answer",
    "status.oldest": "Longest wait",
    "status.keys": "Keys and secrets",
    "status.col.key": "Key",
    "status.col.age": "Age",
    "status.col.until": "Renewal or expiry",
    "status.key.keys": "Keys of {provider}",
    "status.key.secret": "Client secret for {provider}",
    "status.key.after": "At the first sign-in after {time}",
    "status.key.failing": "The last renewal has failed",
    "status.key.expires": "Expires {time}",
    "status.key.expired": "Expired {time}",
    "status.key.no_expiry": "Not known",
    "status.key.not_known": "Not known",
    "status.user": "Ask one user to sign in again",
    "status.user.text": "The user is signed out in every browser. Running servers are not stopped.",
    "status.user.open": "Continue…",
    "status.user.missing": "There is no user {username}.",
    "status.user.sure": "Ask {username} to sign in again?",
    "status.user.last": "Last sign-in: {time}.",
    "status.user.do": "Yes, ask {username}",
    "status.user.cancel": "Cancel",
    "status.user.done": "The user {username} must sign in again. The sessions ended at {time}.",
    "status.everyone": "Ask everyone to sign in again",
    "status.everyone.text": (
        "Everyone, including you, must sign in once more before the next page. Running servers are not stopped."
    ),
    "status.everyone.open": "Ask everyone…",
    "status.everyone.count": "Users who are signed in now, at most: {count}",
    "status.everyone.sure": "This cannot be undone.",
    "status.everyone.do": "Yes, ask everyone",
    "status.everyone.done": "Everyone was last asked at {time}.",
}
"""The sentences by key."""


def sentences_of_errors() -> tuple[str, ...]:
    """The sentences of all errors of this package, in a fixed order: values of `SuiteError.public_message`."""
    found = [
        cls.public_message
        for cls in vars(errors).values()
        if isinstance(cls, type) and issubclass(cls, errors.SuiteError)
    ]
    found += [*errors.AttemptError.SENTENCES.values(), errors.LoginFailed(slowed=True).public_message]
    return tuple(dict.fromkeys([*found, *PROVIDER_REFUSALS, *REFUSALS.values()]))
