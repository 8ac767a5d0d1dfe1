"""Entitlements of research communities: group memberships as URNs (AARC-G002 and its successor AARC-G069).

::

    urn:<nid>:<namespace>[:<subnamespace>]*:group:<group>[:<subgroup>]*[:role=<role>][#<authority>]

A proxy such as EGI Check-in sends them in the claims ``entitlements`` or ``eduperson_entitlement``. It may relay values
of the user's home organization, so only those in namespaces that the operator states become Hub groups.

The two documents differ in percent-encoding. AARC-G002 demands an authority and decodes. AARC-G069 deprecates the
authority and compares encoded names. So names are decoded where the entitlement has an authority. A name is never
decoded into one that would be read in another way, such as ``lab%3Aadmins`` into two names.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from .claims import MAX_GROUP_NAME_LENGTH
from .unknown import Unknown, refuse_reference

ENTITLEMENT_CLAIMS = ("entitlements", "eduperson_entitlement")
"""The claims that are read. A provider may send both."""

MAX_ENTITLEMENTS = 2000
"""How many entitlements of one user are read, those of other namespaces included. With more, all are unknown."""

MAX_ENTITLEMENT_LENGTH = 1024
"""The maximum length of an entitlement, in characters. With a longer one in a stated namespace, all are unknown."""

_GROUP, _ROLE = ":group:", "role="
_ENCODED = re.compile("%[0-9A-Fa-f]{2}")
_SEPARATORS = frozenset(":#%")


@dataclass(frozen=True, slots=True)
class Entitlement:
    """A membership in a group, or a role in it.

    Attributes
    ----------
    namespace:
        The namespace in lower case, with its prefix: ``urn:geant:helmholtz.de``.
    path:
        The group and its subgroups, outermost first, as they were sent; percent-encoding is in upper case.
    role:
        The role in the innermost group; None for a membership without a role.
    authority:
        Who vouches for the membership; None if the entitlement does not say.
    """

    namespace: str
    path: tuple[str, ...]
    role: str | None = None
    authority: str | None = None

    def satisfies(self, required: Entitlement) -> bool:
        """Whether a user with this entitlement has what `required` demands. Authorities are not compared.

        A member of a subgroup is a member of the groups around it. A role counts in its own group alone, and every role
        is a membership.
        """
        if self.namespace != required.namespace or self.path[: len(required.path)] != required.path:
            return False
        return required.role is None or (self.path == required.path and self.role == required.role)


def parse_entitlement(text: str) -> Entitlement | None:
    """Parse an entitlement that names a group; None for any other value.

    Values of other kinds are resources (``:res:``), assurance levels and other URNs. A value with an empty name, with a
    role before the end, or with an empty authority is malformed, and names no group either.
    """
    name, has_authority, authority = text.partition("#")
    head, is_group, tail = name.partition(_GROUP)
    namespace = parse_namespace(head)
    if not is_group or namespace is None or (has_authority and not authority):
        return None
    path, role = tail.split(":"), None
    if len(path) > 1 and path[-1].startswith(_ROLE):
        role = path.pop().removeprefix(_ROLE)
    if role == "" or not all(path) or any(part.startswith(_ROLE) for part in path):
        return None
    return Entitlement(
        namespace, tuple(map(_upper, path)), None if role is None else _upper(role), authority if authority else None
    )


def parse_namespace(text: str) -> str | None:
    """The namespace in lower case; None if `text` is not one: ``urn:``, an identifier, and at least one name."""
    parts = text.split(":")
    if len(parts) < 3 or not all(parts) or not text.isascii() or not text.isprintable() or " " in text:
        return None
    return text.lower() if parts[0].lower() == "urn" else None


@dataclass(frozen=True, slots=True)
class Namespaces:
    """The namespaces whose entitlements become Hub groups.

    Attributes
    ----------
    authorities:
        For each namespace, the accepted authorities; None if every authority is accepted, and none as well. The empty
        string stands for an entitlement without an authority.
    """

    authorities: Mapping[str, frozenset[str] | None]

    @classmethod
    def of(cls, entries: Collection[str]) -> Namespaces:
        """Read an option's entries: a namespace, or a namespace with one accepted authority (``urn:x:y#authority``).

        Raises
        ------
        ValueError
            When an entry is not a namespace, or states a group; or when a namespace has entries with and without an
            authority. The message is the rest of a sentence that begins with the option.
        """
        found: dict[str, set[str] | None] = {}
        for entry in sorted(entries):
            text, has_authority, authority = entry.partition("#")
            namespace = parse_namespace(text)
            if namespace is None or _GROUP in f"{namespace}:":
                raise ValueError(f"contains {entry!r}, which is not a namespace such as urn:geant:helmholtz.de")
            if namespace in found and (found[namespace] is None) is bool(has_authority):
                raise ValueError(f"contains {namespace!r} both with and without an authority")
            known = found.setdefault(namespace, set() if has_authority else None)
            if known is not None:
                known.add(authority)
        return cls({name: None if known is None else frozenset(known) for name, known in found.items()})

    @property
    def qualified(self) -> bool:
        """Whether names of Hub groups contain the namespace, because there are several."""
        return len(self.authorities) > 1

    def accept(self, entitlement: Entitlement) -> bool:
        """Whether the entitlement is in one of the namespaces, and has an authority that is accepted there."""
        accepted = self.authorities.get(entitlement.namespace, frozenset())
        return accepted is None or (entitlement.authority or "") in accepted

    def names_of(self, entitlement: Entitlement) -> list[str]:
        """The Hub groups of an entitlement: each group on the path, outermost first, and then the role."""
        return list(self._names(entitlement, decode=entitlement.authority is not None))

    def named_by(self, name: str) -> frozenset[str]:
        """The Hub groups that a name in an option means: one, and for an entitlement each way to write it.

        An entitlement in an option means the users who satisfy it, whatever the authority in it is.
        """
        entitlement = parse_entitlement(name)
        if entitlement is None or entitlement.namespace not in self.authorities:
            return frozenset((name,))
        return frozenset(list(self._names(entitlement, decode=decode))[-1] for decode in (False, True))

    def _names(self, entitlement: Entitlement, *, decode: bool) -> Iterator[str]:
        path = [_decoded(part) for part in entitlement.path] if decode else list(entitlement.path)
        prefix = entitlement.namespace + _GROUP if self.qualified else ""
        for length in range(1, len(path) + 1):
            yield prefix + ":".join(path[:length])
        if entitlement.role is not None:
            yield f"{prefix}{':'.join(path)}:{_ROLE}{_decoded(entitlement.role) if decode else entitlement.role}"


@dataclass(frozen=True, slots=True)
class EntitledGroups:
    """What a user's entitlements amount to.

    Attributes
    ----------
    names:
        The Hub groups, without duplicates.
    other_authorities:
        How many entitlements in the stated namespaces have an authority that is not accepted.
    too_long:
        How many groups are left out because their names are too long for the Hub's database.
    """

    names: tuple[str, ...] = ()
    other_authorities: int = 0
    too_long: int = 0


def entitled_groups(claims: Mapping[str, Any], namespaces: Namespaces) -> EntitledGroups:
    """The Hub groups that follow from the user's entitlements. A string is one entitlement.

    Raises
    ------
    Unknown
        When the entitlements cannot be read: they are sent as a reference, a claim is neither a list nor a string, or
        there are too many or too long ones.
    """
    values = list(dict.fromkeys(text for claim in ENTITLEMENT_CLAIMS for text in _texts(claims, claim)))
    if len(values) > MAX_ENTITLEMENTS:
        raise Unknown(
            f"the user has {len(values)} entitlements, and at most {MAX_ENTITLEMENTS} are read. Have the provider send "
            "those of this service only",
            retry=False,
        )
    names: list[str] = []
    refused = too_long = 0
    for text in values:
        if parse_namespace(text[:MAX_ENTITLEMENT_LENGTH].partition(_GROUP)[0]) not in namespaces.authorities:
            continue
        if len(text) > MAX_ENTITLEMENT_LENGTH:
            raise Unknown(
                f"the user has an entitlement with more than {MAX_ENTITLEMENT_LENGTH} characters", retry=False
            )
        entitlement = parse_entitlement(text)
        if entitlement is None:
            continue
        if not namespaces.accept(entitlement):
            refused += 1
            continue
        for name in namespaces.names_of(entitlement):
            if len(name) > MAX_GROUP_NAME_LENGTH:
                too_long += 1
            else:
                names.append(name)
    return EntitledGroups(tuple(dict.fromkeys(names)), refused, too_long)


def _texts(claims: Mapping[str, Any], claim: str) -> list[str]:
    value = claims.get(claim)
    if value is None:
        refuse_reference(claims, claim)
        return []
    if isinstance(value, str):
        return [value]
    if not isinstance(value, (list, tuple)):
        raise Unknown(f"the claim {claim!r} is a {type(value).__name__}, not a list of entitlements", retry=False)
    return [text for text in value if isinstance(text, str)]


def _upper(name: str) -> str:
    return _ENCODED.sub(lambda match: match[0].upper(), name)


def _decoded(name: str) -> str:
    """The name without percent-encoding, unless it would then contain a separator or look like a role."""
    try:
        plain = unquote(name, errors="strict")
    except UnicodeDecodeError:
        return name
    if not _SEPARATORS.isdisjoint(plain) or plain.startswith(_ROLE) or not plain.isprintable():
        return name
    return plain
