"""Microsoft's error codes (``AADSTS50105``) in plain words, for the operator's log.

Source: Microsoft's documentation "Microsoft Entra authentication and authorization error codes".
"""

from __future__ import annotations

import re

from ...errors import SuiteError

_CODE = re.compile(r"AADSTS(\d{4,7})")

_ANOTHER_TENANT = "the account does not belong to this tenant: invite it as a guest, or allow its tenant"
_SIGN_IN_AGAIN = "the user must sign in again: the grant has ended, or a policy of the tenant asks for it"
_WRONG_SECRET = "client_secret is wrong: copy the secret's value, and not its ID"
_UNKNOWN_CLIENT = "client_id names no application of this tenant: check client_id and tenant_id"
_CONSENT = "consent is missing: let an administrator grant it under API permissions"
_POLICY = "multi-factor authentication or a Conditional Access policy stopped the sign-in"

HINTS = {
    "50011": "the redirect URI is not registered: add oauth_callback_url to the application, of type Web",
    "50020": _ANOTHER_TENANT,
    "50034": "the account does not exist in this tenant",
    "51004": _ANOTHER_TENANT,
    "90072": _ANOTHER_TENANT,
    "16000": _ANOTHER_TENANT,
    "16003": _ANOTHER_TENANT,
    "50105": "the user is not assigned to the application: assign the user, or turn off Assignment required",
    "50194": "the application is for one tenant only: set tenant_id to the ID of that tenant",
    "90002": "there is no such tenant: check tenant_id, and authority_url for a national cloud",
    "700016": _UNKNOWN_CLIENT,
    "700011": _UNKNOWN_CLIENT,
    "7000215": _WRONG_SECRET,
    "70002": _WRONG_SECRET,
    "7000222": "client_secret has expired: create a new one",
    "65001": _CONSENT,
    "90094": _CONSENT,
    "90095": _CONSENT,
    "65004": "the user declined to consent",
    "50076": _POLICY,
    "50079": _POLICY,
    "50074": _POLICY,
    "53000": _POLICY,
    "53001": _POLICY,
    "53002": _POLICY,
    "53003": _POLICY,
    "50173": _SIGN_IN_AGAIN,
    "70000": _SIGN_IN_AGAIN,
    "70008": _SIGN_IN_AGAIN,
    "700082": _SIGN_IN_AGAIN,
    "70043": _SIGN_IN_AGAIN,
    "50089": _SIGN_IN_AGAIN,
    "70011": "scope has a name that Microsoft does not know",
    "90033": "Microsoft reports a temporary failure",
    "90024": "Microsoft reports a temporary failure",
    "50033": "Microsoft reports a temporary failure",
    "90006": "Microsoft reports a temporary failure",
}
"""What each code means, or what to do."""


def explain(error: SuiteError) -> None:
    """Add to the detail of `error` what Microsoft's code in it means."""
    found = _CODE.search(error.detail)
    hint = HINTS.get(found[1]) if found else None
    if hint is not None:
        error.detail = f"{error.detail}; {hint}"
