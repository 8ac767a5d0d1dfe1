"""Options on the findings about the configuration."""

from __future__ import annotations

from traitlets import Bool, HasTraits


class FindingOptions(HasTraits):
    """What the Hub says about its configuration when it starts."""

    log_findings = Bool(
        True,
        config=True,
        help="""
        Whether the Hub logs advice on its configuration when it starts. Default: True.

        Advice is what never stops the start: a secret that every user of the machine can read, a cookie that ends
        before the session, or an option without effect. Each is one line with its code. Errors, which stop the start,
        and warnings about the authenticator's own options are logged in any case. The command ``oauthenticator-suite
        check`` shows all of them without starting the Hub.

        .. versionadded:: 0.1
        """,
    )
