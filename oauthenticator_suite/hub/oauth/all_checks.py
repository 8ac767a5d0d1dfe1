"""The checks of the configuration of every `OAuthenticator`, in the order in which they run."""

from __future__ import annotations

from ..findings.finding import Check
from .address_checks import ADDRESS_CHECKS
from .authentication_checks import AUTHENTICATION_CHECKS
from .callback_url import CALLBACK_CHECKS
from .claim_checks import CLAIM_CHECKS
from .client_key_checks import CLIENT_KEY_CHECKS
from .credential_checks import CREDENTIAL_CHECKS
from .encryption_checks import ENCRYPTION_CHECKS
from .front_channel_checks import FRONT_CHANNEL_CHECKS
from .initiated_checks import INITIATED_CHECKS
from .rename_checks import RENAME_CHECKS
from .secret_checks import SECRET_CHECKS
from .security_profile_checks import SECURITY_PROFILE_CHECKS
from .sender_constraint_checks import SENDER_CONSTRAINT_CHECKS
from .startup_checks import OAUTH_CHECKS
from .value_checks import OAUTH_VALUE_CHECKS

ALL_OAUTH_CHECKS: tuple[Check, ...] = (
    *OAUTH_CHECKS,
    *SECURITY_PROFILE_CHECKS,
    *ADDRESS_CHECKS,
    *AUTHENTICATION_CHECKS,
    *FRONT_CHANNEL_CHECKS,
    *CREDENTIAL_CHECKS,
    *SECRET_CHECKS,
    *CLIENT_KEY_CHECKS,
    *SENDER_CONSTRAINT_CHECKS,
    *OAUTH_VALUE_CHECKS,
    *CALLBACK_CHECKS,
    *INITIATED_CHECKS,
    *RENAME_CHECKS,
    *CLAIM_CHECKS,
    *ENCRYPTION_CHECKS,
)
