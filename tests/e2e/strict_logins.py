"""The configuration with which the Hub signs in users of each strict provider."""

from __future__ import annotations

from typing import Any

KEY = {"client_auth_method": "private_key_jwt", "client_key_file": "{keys}", "client_secret": ""}
CERTIFICATE = {
    "client_auth_method": "tls_client_auth",
    "client_certificate_file": "{certificate}",
    "client_certificate_key_file": "{certificate}",
    "client_secret": "",
    "trusted_provider_hosts": ["{tls_host}"],
}

ENTRIES: dict[str, dict[str, Any]] = {
    "no-userinfo": {"userdata_from_id_token": True},
    "signed-userinfo": {"userinfo_signed_response_alg": ["ES256"]},
    "encrypted-userinfo": {
        "client_decryption_key_file": "{keys}",
        "userinfo_encrypted_response_alg": ["RSA-OAEP-256"],
        "userinfo_signed_response_alg": ["ES256"],
    },
    "par": {"enable_par": True},
    "form-post": {"response_mode": "form_post"},
    "jarm": {"response_mode": "jwt"},
    "dpop": {"enable_dpop": True},
    "dpop-nonce": {"enable_dpop": True},
    "resource-indicators": {"resources": ["urn:example:notebooks"], "userdata_from_id_token": True},
    "private-key-jwt": KEY,
    "client-secret-jwt": {"client_auth_method": "client_secret_jwt"},
    "mutual-tls": CERTIFICATE,
    "self-signed-tls": {
        **CERTIFICATE,
        "client_auth_method": "self_signed_tls_client_auth",
        "client_certificate_file": "{self_signed}",
        "client_certificate_key_file": "{self_signed}",
    },
    "fapi2": {"security_profile": "fapi2", "client_key_file": "{keys}", "client_secret": ""},
    "fapi2-tls": {
        "security_profile": "fapi2",
        "client_certificate_file": "{certificate}",
        "client_secret": "",
        "trusted_provider_hosts": ["{tls_host}"],
    },
    "jar": {"client_key_file": "{keys}", "request_object": "value"},
    "profile-a": {
        **KEY,
        "enable_par": True,
        "request_object": "value",
        "enable_dpop": True,
        "client_decryption_key_file": "{keys}",
        "id_token_encrypted_response_alg": ["ECDH-ES"],
        "userinfo_encrypted_response_alg": ["RSA-OAEP-256"],
        "userinfo_signed_response_alg": ["ES256"],
    },
    "profile-b": {**CERTIFICATE, "enable_par": True, "response_mode": "jwt"},
    "encrypted-id-token": {"client_decryption_key_file": "{keys}", "id_token_encrypted_response_alg": ["ECDH-ES"]},
}
"""The options that each provider needs in addition to those for a provider that demands nothing."""

WITHOUT_USERINFO = {"no-userinfo", "resource-indicators"}
