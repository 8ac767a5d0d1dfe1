"""The option `idps`: the identity providers behind CILogon whose users may sign in, each with its own rules.

CILogon names the identity provider of a login by its entity id, in the claim ``idp``. A permission always belongs to an
entity id, never to an e-mail domain alone: an account at one identity provider can have an address in the domain of
another (CVE-2022-31027). Entity ids are compared as exact strings.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from jsonschema import Draft7Validator
from jsonschema.exceptions import ValidationError, best_match

from ...errors import ConfigurationError
from ...policy.identity import Identity
from ...policy.username import username_from_claims

_TEXT = {"type": "string", "minLength": 1}

IDP_SCHEMA: dict[str, Any] = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "additionalProperties": False,
    "required": ["username_derivation"],
    "properties": {
        "username_derivation": {
            "type": "object",
            "additionalProperties": False,
            "required": ["username_claim"],
            "properties": {
                "username_claim": _TEXT,
                "action": {"enum": ["strip_idp_domain", "prefix"]},
                "domain": _TEXT,
                "prefix": _TEXT,
            },
            "allOf": [
                {
                    "if": {"properties": {"action": {"const": action}}, "required": ["action"]},
                    "then": {"required": [needed]},
                }
                for action, needed in (("strip_idp_domain", "domain"), ("prefix", "prefix"))
            ],
        },
        "allow_all": {"type": "boolean"},
        "allowed_domains": {"type": "array", "items": _TEXT},
        "allowed_domains_claim": _TEXT,
        "default": {"type": "boolean"},
    },
}
"""The JSON Schema (draft 7) of the settings of one identity provider."""


@dataclass(frozen=True, slots=True)
class IdentityProvider:
    """The settings of one identity provider.

    Attributes
    ----------
    entity_id:
        Its name in the claim ``idp``.
    username_claim:
        The claim with the username.
    action, domain, prefix:
        What becomes of the username: with ``strip_idp_domain``, ``@domain`` at its end is removed; with ``prefix``, it
        is preceded by the prefix and a colon; with an empty `action`, nothing.
    allow_all:
        Whether all its users are allowed.
    allowed_domains:
        Domains in lower case, with the wildcards of `fnmatch`, whose users are allowed.
    allowed_domains_claim:
        The claim with the user's domain; empty: `username_claim`.
    is_default:
        Whether CILogon preselects it.
    """

    entity_id: str
    username_claim: str
    action: str = ""
    domain: str = ""
    prefix: str = ""
    allow_all: bool = False
    allowed_domains: tuple[str, ...] = ()
    allowed_domains_claim: str = ""
    is_default: bool = False

    @classmethod
    def of(cls, entity_id: str, settings: Mapping[str, Any]) -> IdentityProvider:
        """The identity provider with these valid `settings`, an entry of the option."""
        derivation = settings["username_derivation"]
        return cls(
            entity_id,
            derivation["username_claim"],
            action=derivation.get("action", ""),
            domain=derivation.get("domain", "").lower(),
            prefix=derivation.get("prefix", ""),
            allow_all=settings.get("allow_all", False),
            allowed_domains=tuple(domain.lower() for domain in settings.get("allowed_domains", ())),
            allowed_domains_claim=settings.get("allowed_domains_claim", ""),
            is_default=settings.get("default", False),
        )

    def username(self, claims: Mapping[str, Any]) -> str:
        """The username of the user with these claims.

        Raises
        ------
        IdentityError
            When the claim is missing.
        """
        name = username_from_claims(claims, self.username_claim)
        if self.action == "prefix":
            return f"{self.prefix}:{name}"
        local, _, domain = name.rpartition("@")
        if self.action == "strip_idp_domain" and local and domain.lower() == self.domain:
            return local
        return name

    def allows(self, claims: Mapping[str, Any]) -> bool:
        """Whether `allow_all` or `allowed_domains` allows the user with these claims."""
        return self.allow_all or any(
            fnmatchcase(domain, pattern) for domain in self._domains(claims) for pattern in self.allowed_domains
        )

    def _domains(self, claims: Mapping[str, Any]) -> Iterator[str]:
        """The domains of the user. A value without ``@`` has none, so that no name can pass for a domain.

        CILogon separates several values by semicolons. Only a claim that `allowed_domains_claim` names may have them:
        in an e-mail address a semicolon is a character like others.
        """
        value = claims.get(self.allowed_domains_claim or self.username_claim)
        if isinstance(value, str):
            for part in value.split(";") if self.allowed_domains_claim else [value]:
                local, _, domain = part.strip().rpartition("@")
                if local and "@" not in local:
                    yield domain.lower()


IdentityProviders = Mapping[str, IdentityProvider]
"""The identity providers by entity id."""


def read_idps(value: Any, option: str) -> IdentityProviders:
    """The identity providers that the value of the option `idps` describes.

    Parameters
    ----------
    option:
        The option as an operator writes it, ``c.CILogonOAuthenticator.idps``.

    Raises
    ------
    ConfigurationError
        When the value is not valid. The error names the place in the value.
    """
    if not isinstance(value, Mapping) or not value:
        raise ConfigurationError(
            f"set {option}: name the identity providers whose users may sign in, by entity id, each with its "
            '"username_derivation". The entity ids are listed at https://cilogon.org/idplist/'
        )
    for entity_id, settings in value.items():
        if not isinstance(entity_id, str) or not entity_id.startswith(("urn:", "https://", "http://")):
            raise ConfigurationError(
                f"{option}: {entity_id!r} is not an entity id. An entity id begins with urn:, https:// or http://, and "
                "is listed at https://cilogon.org/idplist/"
            )
        error = best_match(Draft7Validator(IDP_SCHEMA).iter_errors(settings))
        if error is not None:
            place = "".join(f"[{part!r}]" for part in (entity_id, *error.absolute_path))
            raise ConfigurationError(f"{option}{place}: {error.message}{_known(error)}")
    found = {entity_id: IdentityProvider.of(entity_id, settings) for entity_id, settings in value.items()}
    _refuse_wide_patterns(found.values(), option)
    _refuse_shared_names(found.values(), option)
    return found


def _known(error: ValidationError) -> str:
    """For a setting that does not exist: the existing ones."""
    if error.validator != "additionalProperties":
        return ""
    return f". The settings are {', '.join(sorted(error.schema['properties']))}"


def _refuse_wide_patterns(idps: Collection[IdentityProvider], option: str) -> None:
    for idp in idps:
        for pattern in idp.allowed_domains:
            rest = pattern.lstrip("*")
            if rest != pattern and rest and not rest.startswith("."):
                raise ConfigurationError(
                    f"{option}[{idp.entity_id!r}]['allowed_domains']: {pattern!r} also allows domains that only end "
                    f"like it, such as 'other{rest}'. Write {rest!r}, and '*.{rest}' for its subdomains"
                )


def _refuse_shared_names(idps: Collection[IdentityProvider], option: str) -> None:
    """Refuse two identity providers that lose different domains: ``alice`` of each would be one user of the Hub."""
    stripped = {idp.domain: idp.entity_id for idp in idps if idp.action == "strip_idp_domain"}
    if len(stripped) > 1:
        raise ConfigurationError(
            f"{option}: {' and '.join(map(repr, stripped.values()))} strip different domains, so that two people could "
            'have the same username. Use "action": "prefix" for all but one of them'
        )


def selected_idp(idps: IdentityProviders) -> str:
    """The parameter ``selected_idp``: the identity providers that CILogon offers, with the preselected one first.

    It is a convenience for users, and protects nothing: a user can change it.
    """
    return ",".join(sorted(idps, key=lambda entity_id: not idps[entity_id].is_default))


def is_from_idps(idps: Mapping[str, Any], identity: Identity) -> bool:
    """Whether the user's identity provider is one of `idps`: the predicate of the option, a restriction."""
    entity_id = identity.claims.get("idp")
    return isinstance(entity_id, str) and entity_id in idps
