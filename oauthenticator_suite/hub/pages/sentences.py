"""Every sentence on the pages, in English. Other languages are in ``locales/``; ``scripts/translations.sh`` makes them.

A sentence is looked up by its key. Placeholders in braces are names: ``{hub}``, ``{provider}``, ``{username}``,
``{owner}``, ``{time}`` and ``{count}``. They are escaped, and set apart for both reading directions. Translators may
place them anywhere, but must not add others. No sentence begins with a placeholder that may be in lower case.
"""

from __future__ import annotations


def N_(sentence: str) -> str:
    """Mark a sentence for translation, and return it unchanged."""
    return sentence


SENTENCES = {
    # --- the frame of every page ---
    "page.title": N_("{page} · {hub}"),
    "page.noscript": N_("Signing in works without JavaScript. The pages of {hub} after that need it."),
    "page.insecure": N_(
        "This page did not come over a secure connection (HTTPS). Others on this network could read what you type."
    ),
    "page.announcement": N_("From the administrators of {hub}"),
    "page.help": N_("Get help"),
    "page.privacy": N_("Privacy"),
    "page.terms": N_("Terms of use"),
    # --- the sign-in page ---
    "signin.title": N_("Sign in"),
    "signin.heading": N_("Sign in to {hub}"),
    "signin.choose": N_("Choose how you want to sign in."),
    "signin.with": N_("Sign in with {provider}"),
    "signin.there": N_("You will go to {provider} and come straight back."),
    "signin.last": N_("Last used"),
    "signin.list": N_("Ways to sign in"),
    "signin.search": N_("Find your organisation"),
    "signin.search.go": N_("Search"),
    "signin.search.found": N_("Found: {count}"),
    "signin.search.none": N_("Nothing found. Try a shorter word, or the name of the town."),
    "signin.search.all": N_("Show all"),
    "signin.or": N_("or"),
    "signin.others": N_("Other ways to sign in"),
    # --- the form for a name and a password ---
    "form.heading": N_("Sign in with {provider}"),
    "form.username": N_("Username"),
    "form.password": N_("Password"),
    "form.show": N_("Show password"),
    "form.submit": N_("Sign in"),
    "form.busy": N_("Signing in…"),
    "form.terms": N_("I accept the {terms}."),
    "form.terms.link": N_("terms of use"),
    "form.wrong": N_("This username and password do not match. Please check both and try again."),
    "form.slowed": N_("After several tries, each answer takes a little longer."),
    "form.expired": N_("This page was open for too long. Please sign in once more."),
    "form.wait": N_("There were too many tries. Please take a short break."),
    "form.wait.left": N_("You can try again in {time}."),
    "form.wait.over": N_("You can try again now."),
    # --- the reference of an error ---
    "reference.label": N_("Reference"),
    "reference.why": N_("If you ask for help, give this code."),
    "reference.copy": N_("Copy"),
    "reference.copied": N_("Copied"),
    # --- the account that signed in ---
    "person.here": N_("You signed in as {username}."),
    "person.at": N_("You signed in as {username} with {provider}."),
    # --- a user who is not allowed ---
    "denied.title": N_("No access"),
    "denied.heading": N_("This account has no access to {hub}"),
    "denied.nobody": N_("Only certain accounts can use {hub}, and this one is not among them yet."),
    "denied.organisation": N_("Only accounts of certain organisations can use {hub}, and this is not one of them."),
    "denied.email": N_(
        "Your email address is not confirmed at {provider}. Please confirm it there, then sign in again."
    ),
    "denied.machine": N_("There is no account for you on this computer yet."),
    "denied.unusable": N_("Your password is right, but the account has expired or needs a new password."),
    "denied.username": N_("{provider} did not send a username that {hub} can use."),
    "denied.other": N_("Use another account"),
    "denied.other.how": N_("You can then choose another account at {provider}."),
    "denied.other.first": N_("To use another account, sign out at {provider} first."),
    "denied.ask": N_("Ask for access"),
    # --- a sign-in that can be repeated ---
    "again.title": N_("Please try again"),
    "again.heading": N_("Please try that once more"),
    "again.missing": N_("This sign-in was started in another browser or tab, or it is already finished."),
    "again.expired": N_("This sign-in took too long, so it was stopped to keep your account safe."),
    "again.used": N_("This sign-in was already used. Each one works only once."),
    "again.mismatch": N_("Two sign-ins were under way at the same time and got mixed up."),
    "again.grant": N_("{provider} reports that this sign-in has expired or was already used."),
    "again.answer": N_("The answer from {provider} could not be accepted."),
    "again.cancelled": N_("The sign-in at {provider} was cancelled, or access to {hub} was not granted."),
    "again.demands": N_(
        "{provider} did not sign you in the way that {hub} demands, such as just now, or with a second factor."
    ),
    "again.database": N_("{hub} could not save your sign-in. Please try again in a moment."),
    "again.calm": N_("Nothing is lost, and nobody was signed in."),
    "again.persists": N_("If this happens again, please tell the administrators of {hub}."),
    "again.button": N_("Try again"),
    "again.home": N_("Back to {hub}"),
    "again.back": N_("Back to the sign-in page"),
    # --- a provider that does not answer ---
    "down.title": N_("Cannot reach {provider}"),
    "down.heading": N_("We cannot reach {provider} right now"),
    "down.unreachable": N_("It may be a short interruption there or on the way."),
    "down.timeout": N_("We waited, but no answer came in time."),
    "down.busy": N_("There are very many requests at the moment."),
    "down.answer": N_("An answer came, but it could not be read or verified."),
    "down.calm": N_("You did nothing wrong. Please try again in a few minutes."),
    # --- a mistake in the Hub's configuration ---
    "setup.title": N_("Not set up"),
    "setup.heading": N_("Signing in does not work on {hub}"),
    "setup.text": N_(
        "There is a mistake in the configuration, and you cannot fix it yourself. Please tell the administrators of {hub}."
    ),
    "setup.clock": N_("The clocks of {provider} and {hub} differ too much. Please tell the administrators of {hub}."),
    "setup.incomplete": N_(
        "{provider} does not tell {hub} all that it needs to know about you, such as your groups. "
        "Please tell the administrators of {hub}."
    ),
    # --- an account of this name exists ---
    "taken.title": N_("Name already taken"),
    "taken.heading": N_("The name {username} is already taken"),
    "taken.text": N_("On {hub}, this name belongs to an account that signs in with {owner}."),
    "taken.you": N_("Is it yours? Then sign in the way you did before."),
    "taken.unknown": N_("On {hub}, this name belongs to another account. Please ask the administrators of {hub}."),
    # --- another account is signed in ---
    "other.title": N_("Continue as {username}?"),
    "other.signed_in": N_(
        "You are signed in to {hub} as {current}. Another sign-in in this browser, at {provider}, was for {username}. "
        "Nothing has changed so far."
    ),
    "other.nobody": N_("A sign-in at {provider} in this browser was for {username}. Nobody has been signed in so far."),
    "other.not_yours": N_("If you did not start it, stay signed in as {current}."),
    "other.stay": N_("Stay signed in as {current}"),
    "other.continue": N_("Continue as {username}"),
    "other.how": N_("To continue, you sign in at {provider} once more."),
    # --- signing out ---
    "leave.title": N_("Sign out?"),
    "leave.who": N_("You are signed in as {username}."),
    "leave.why": N_("A link on another site may have led you here. If you did not want to sign out, stay signed in."),
    "leave.button": N_("Sign out"),
    "leave.stay": N_("Stay signed in"),
    "out.title": N_("Signed out"),
    "out.heading": N_("You are signed out of {hub}"),
    "out.still": N_("You may still be signed in at {provider}. On a shared computer, sign out there too."),
    "out.servers": N_("Your servers keep running, and your files are safe."),
    "out.files": N_("Your files are safe."),
    "out.again": N_("Sign in again"),
    # --- why a session has ended: the last part of the key is a value of `hub.sessions.outcome.Reason` ---
    "ended.title": N_("Please sign in again"),
    "ended.logout": N_("You signed out in another browser, so you were signed out here too."),
    "ended.provider_logout": N_("You signed out at your login provider, so you were signed out here too."),
    "ended.grant_ended": N_("Your login provider no longer confirms your session."),
    "ended.outage": N_("Your login provider has not answered for some time, so your session could not be confirmed."),
    "ended.no_login": N_("Your last sign-in is not on record here."),
    "ended.max_age": N_("You have been signed in for a long time. Please show that it is still you."),
    "ended.idle": N_("You have not used {hub} for some time, so you were signed out."),
    "ended.asked": N_("The administrators of {hub} ask you to sign in again."),
    "ended.other_browser": N_("You signed in with another browser, so you were signed out here."),
    "ended.denied": N_("Your access to {hub} has changed, so you were signed out."),
    "ended.other": N_("Your session has ended."),
    "ended.calm": N_("Your files are safe. After signing in, you will be back where you were."),
}
"""The sentences by key."""
