"""The exceptions of this package: one tree of classes.

::

    SuiteError                         .status  .public_message  .detail  .reference  .retry
    ├── ConfigurationError       500   an option is wrong; the detail names it and the fix
    ├── AttemptError             400   the login attempt is missing, expired, used, or belongs to another provider
    ├── AuthorizationResponseError 400/403   the authorization response is an error or invalid
    ├── TokenResponseError       502   the token endpoint returned an error or an invalid response
    │   ├── StepUpRequired       502   the provider demands another authentication of the user (RFC 9470)
    │   ├── InvalidGrant         400   the code or refresh token is expired, used, revoked or unknown
    │   └── ClientRefused        502   the provider refuses this Hub: an unknown or disabled client, or a wrong secret
    ├── InvalidToken             502   a signed token fails a check: .claim, .expected
    │   ├── ClockDifference      502   only the times in the token fail: the two clocks differ
    │   └── InsufficientAuthentication 403   the user has not signed in at the provider as demanded
    ├── IdentityError            403   the provider's data contain no acceptable account
    │   └── AccountConflict      409   the account of this name belongs to another subject
    ├── TransportError           502   a request to the provider failed
    │   ├── ProviderUnreachable  502   no connection, or a 5xx response
    │   │   └── AddressRefused   502   a document of the provider leads to an address that is not accepted
    │   ├── ProviderTimeout      504   no response in time
    │   ├── ProviderBusy         503   429 or 503: .retry_after, in seconds
    │   │   └── UserLimit        503   429 or a used-up quota, on one user's token
    │   └── InvalidResponse      502   a malformed or too large response
    │       └── IncompleteAnswer 502   the provider leaves out data that an access rule needs
    ├── LoginFailed              403   unknown username or wrong password
    ├── TooManyAttempts          429   too many failed logins; the password was not checked: .retry_after, in seconds
    ├── AccountUnusable          403   right password, but the account is expired or locked
    ├── AccessDenied             403   the user is known but not allowed: .rule
    ├── UnreadableRecord     409   the record of an account's login cannot be decrypted: .username
    ├── DatabaseFailed       503/500   the Hub's database could not be read or written
    └── HookError                500   an operator's hook or override raised an exception

`public_message` is safe to show to every user. In it, ``{provider}`` and ``{hub}`` stand for the names of the provider
and the Hub, and the page that shows it fills them in. `detail` is for the log only. Neither contains secrets: an error
describes received data by type, length or claim name, and never contains the value of a token.

They are defined in the modules of this package by kind; all other code imports them from here.
"""

from __future__ import annotations

from .base import (
    ConfigurationError,
    DatabaseFailed,
    HookError,
    SuiteError,
)
from .protocol import (
    AttemptError,
    AuthorizationResponseError,
    ClientRefused,
    ClockDifference,
    InsufficientAuthentication,
    InvalidGrant,
    InvalidToken,
    StepUpRequired,
    TokenResponseError,
)
from .transport import (
    AddressRefused,
    IncompleteAnswer,
    InvalidResponse,
    ProviderBusy,
    ProviderTimeout,
    ProviderUnreachable,
    TransportError,
    UserLimit,
)
from .users import (
    AccessDenied,
    AccountConflict,
    AccountUnusable,
    IdentityError,
    LoginFailed,
    TooManyAttempts,
    UnreadableRecord,
)

__all__ = [
    "AccessDenied",
    "AccountConflict",
    "AccountUnusable",
    "AddressRefused",
    "AttemptError",
    "AuthorizationResponseError",
    "ClientRefused",
    "ClockDifference",
    "ConfigurationError",
    "DatabaseFailed",
    "HookError",
    "IdentityError",
    "IncompleteAnswer",
    "InsufficientAuthentication",
    "InvalidGrant",
    "InvalidResponse",
    "InvalidToken",
    "LoginFailed",
    "ProviderBusy",
    "ProviderTimeout",
    "ProviderUnreachable",
    "StepUpRequired",
    "SuiteError",
    "TokenResponseError",
    "TooManyAttempts",
    "TransportError",
    "UnreadableRecord",
    "UserLimit",
]
