"""Entitlements as groups. Two independent implementations are the referees: `aarc-entitlement`, and `flaat` on top of it."""

import aarc_entitlement
import pytest
from flaat.requirements import HasAARCEntitlement
from flaat.user_infos import UserInfos
from hypothesis import assume, given
from hypothesis import strategies as st

from oauthenticator_suite.policy.entitlements import (
    MAX_ENTITLEMENT_LENGTH,
    MAX_ENTITLEMENTS,
    EntitledGroups,
    Entitlement,
    Namespaces,
    entitled_groups,
    parse_entitlement,
    parse_namespace,
)
from oauthenticator_suite.policy.unknown import Unknown

EGI = "urn:mace:egi.eu"
HELMHOLTZ = "urn:geant:helmholtz.de"

NAMES = st.text("abAB-._~ü", min_size=1, max_size=3).filter(lambda name: not name.startswith("role="))
ENCODED = st.sampled_from(["%20", "%2f", "%2F", "%c3%bc", "%41"])
PARTS = st.lists(NAMES | ENCODED, min_size=1, max_size=3).map("".join)
NAMESPACES = st.sampled_from([EGI, "URN:Mace:EGI.eu", HELMHOLTZ, f"{HELMHOLTZ}:sub"])


@st.composite
def entitlements(draw, parts=PARTS, namespaces=NAMESPACES):
    path = draw(st.lists(parts.filter(lambda part: part != "group"), min_size=1, max_size=3))
    role = draw(st.none() | parts)
    authority = draw(st.none() | st.sampled_from(["aai.egi.eu", "https://login.example/x"]))
    text = f"{draw(namespaces)}:group:{':'.join(path)}"
    return text + (f":role={role}" if role else "") + (f"#{authority}" if authority else "")


def of_referee(text, version=aarc_entitlement.G069):
    try:
        known = version(text)
    except aarc_entitlement.Error:
        return None
    namespace = ":".join(["urn", known.namespace_id, known.delegated_namespace, *known.subnamespaces])
    return Entitlement(namespace, (known.group, *known.subgroups), known.role, known.group_authority)


# --- reading one -----------------------------------------------------------------------------------------------------


@given(entitlements())
def test_the_referee_reads_the_same(text):
    assert parse_entitlement(text) == of_referee(text) is not None


@given(entitlements(namespaces=st.just(EGI)), st.just(Namespaces.of([EGI])))
def test_with_an_authority_names_are_decoded_as_the_older_document_says(text, namespaces):
    assume("#" in text)
    known = of_referee(text, aarc_entitlement.G002)
    expected = ":".join(known.path) + (f":role={known.role}" if known.role else "")
    assert namespaces.names_of(parse_entitlement(text))[-1] == expected


@given(entitlements(), entitlements())
def test_the_referees_compare_the_same(text, required):
    """aarc-entitlement, and flaat, which uses it for a decision about a user.

    Namespaces must be equal here. The referees also take an entitlement in a namespace below the required one, which
    others may manage.
    """
    if parse_entitlement(text).namespace != parse_entitlement(required).namespace:
        assert not parse_entitlement(text).satisfies(parse_entitlement(required))
        return
    satisfied = aarc_entitlement.G069(text).satisfies(aarc_entitlement.G069(required))
    assert parse_entitlement(text).satisfies(parse_entitlement(required)) == satisfied
    user = UserInfos(None, {"entitlements": [text]}, None)
    assert HasAARCEntitlement(required, "entitlements").is_satisfied_by(user).is_satisfied == satisfied


SIMPLE = st.sampled_from(["a", "b", "A", "lab"])


@given(
    entitlements(SIMPLE, st.sampled_from([EGI, HELMHOLTZ])),
    entitlements(SIMPLE, st.sampled_from([EGI, HELMHOLTZ])),
    st.sampled_from([(EGI,), (EGI, HELMHOLTZ)]),
)
def test_a_rule_on_the_group_is_a_rule_on_the_entitlement(text, required, entries):
    """A member of the Hub group that an option's entitlement means satisfies the entitlement, and no other user."""
    namespaces = Namespaces.of(entries)
    assume(parse_entitlement(required).namespace in namespaces.authorities)
    found = entitled_groups({"entitlements": [text]}, namespaces)
    satisfied = aarc_entitlement.G069(text).satisfies(aarc_entitlement.G069(required))
    assert (not namespaces.named_by(required).isdisjoint(found.names)) == satisfied


@given(st.text())
def test_any_text_is_an_entitlement_or_none(text):
    found = parse_entitlement(text)
    assert found is None or found.path


@pytest.mark.parametrize(
    "text",
    [
        "",
        "staff",
        "urn:mace:egi.eu:group",
        "urn:mace:egi.eu:group:",
        "urn:mace:egi.eu:group::b",
        "urn:mace:egi.eu:group:a:",
        "urn:mace:egi.eu:group:a#",
        "urn:mace:egi.eu:group:a:role=",
        "urn:mace:egi.eu:group:a:role=x:b",
        "urn:mace:egi.eu:group:role=x",
        "urn:mace:group:a",
        "urn::egi.eu:group:a",
        "url:mace:egi.eu:group:a",
        "urn:mace:egi.eu:GROUP:a",
        "urn:mace:egi.eu:res:cluster:act:submit",
        "urn:geant:helmholtz.de:assurance:IAP:low",
        "urn:geant:myacademicid.org:ewp:role:student",
        "urn:mace:egi .eu:group:a",
        "urn:mace:\u212aelvin.eu:group:a",
        "urn%3Amace:egi.eu:group:a",
    ],
)
def test_everything_else_is_none(text):
    assert parse_entitlement(text) is None


def test_a_subgroup_may_be_called_group():
    """The referee takes the last one for the separator, and so another namespace."""
    assert parse_entitlement(f"{EGI}:group:lab:group:x") == Entitlement(EGI, ("lab", "group", "x"))


@pytest.mark.parametrize("text", ["urn:geant", "urn:geant:", "geant:x:y", "", "urn:a:b c", "urn:a:b\n"])
def test_what_is_not_a_namespace(text):
    assert parse_namespace(text) is None


# --- the namespaces of an option -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        ({"helmholtz.de"}, "not a namespace"),
        ({"urn:geant"}, "not a namespace"),
        ({f"{EGI}:group:x"}, "not a namespace"),
        ({f"{EGI}:group"}, "not a namespace"),
        ({EGI, f"{EGI}#aai.egi.eu"}, "both with and without"),
        ({EGI, "urn:mace:EGI.EU#"}, "both with and without"),
    ],
)
def test_entries_that_are_refused(entries, reason):
    with pytest.raises(ValueError, match=reason):
        Namespaces.of(entries)


@pytest.mark.parametrize(
    ("entries", "accepted"),
    [
        ({EGI}, ["", "#aai.egi.eu", "#other"]),
        ({f"{EGI}#aai.egi.eu"}, ["#aai.egi.eu"]),
        ({f"{EGI}#aai.egi.eu", f"{EGI}#other"}, ["#aai.egi.eu", "#other"]),
        ({f"{EGI}#"}, [""]),
        ({f"{EGI}#", f"{EGI}#other"}, ["", "#other"]),
        ({HELMHOLTZ}, []),
        ({f"{EGI}:sub"}, []),
        ({"URN:MACE:EGI.EU"}, ["", "#aai.egi.eu", "#other"]),
    ],
)
def test_only_stated_namespaces_and_authorities(entries, accepted):
    namespaces = Namespaces.of(entries)
    ends = [end for end in ("", "#aai.egi.eu", "#other") if namespaces.accept(parse_entitlement(f"{EGI}:group:x{end}"))]
    assert ends == accepted
    found = entitled_groups({"entitlements": [f"{EGI}:group:x#third"]}, namespaces)
    assert found.names == (("x",) if len(accepted) == 3 else ())
    assert found.other_authorities == int(0 < len(accepted) < 3)


# --- the groups of a user --------------------------------------------------------------------------------------------


def groups(*texts, entries=(EGI,), claim="entitlements"):
    return entitled_groups({claim: list(texts)}, Namespaces.of(entries)).names


def test_the_groups_of_an_entitlement():
    text = f"{EGI}:group:vo.example.org:lab:role=manager#aai.egi.eu"
    assert groups(text) == ("vo.example.org", "vo.example.org:lab", "vo.example.org:lab:role=manager")
    assert groups(text, f"{HELMHOLTZ}:group:lab", entries=(EGI, HELMHOLTZ)) == (
        f"{EGI}:group:vo.example.org",
        f"{EGI}:group:vo.example.org:lab",
        f"{EGI}:group:vo.example.org:lab:role=manager",
        f"{HELMHOLTZ}:group:lab",
    )


def test_both_claims_count():
    claims = {
        "entitlements": [f"{EGI}:group:a", f"{EGI}:group:b"],
        "eduperson_entitlement": f"{EGI}:group:c",
        "groups": ["d"],
    }
    assert entitled_groups(claims, Namespaces.of([EGI])).names == ("a", "b", "c")
    assert entitled_groups({}, Namespaces.of([EGI])) == EntitledGroups()


@pytest.mark.parametrize(
    ("sent", "group"),
    [
        ("My%20Lab#auth", "My Lab"),
        ("My%20Lab", "My%20Lab"),
        ("a%2fb", "a%2Fb"),
        ("lab%3Aadmins#auth", "lab%3Aadmins"),
        ("lab%23auth#auth", "lab%23auth"),
        ("%2541#auth", "%2541"),
        ("%72ole=x#auth", "%72ole=x"),
        ("%00#auth", "%00"),
        ("%ff#auth", "%FF"),
        ("100%#auth", "100%"),
    ],
)
def test_percent_encoding(sent, group):
    """Decoded only where the older document asks for it, and never to something that reads otherwise."""
    assert groups(f"{EGI}:group:{sent}") == (group,)
    namespaces = Namespaces.of([EGI])
    assert group in namespaces.named_by(f"{EGI}:group:{sent}")
    assert group in namespaces.named_by(f"{EGI}:group:{sent.partition('#')[0]}"), "pasted without the authority"


@pytest.mark.parametrize(("end", "role"), [("#auth", "head of lab"), ("", "head%20of%20lab")])
def test_a_role_is_decoded_as_its_group_is(end, role):
    assert groups(f"{EGI}:group:my%20lab:role=head%20of%20lab{end}")[-1].rpartition("=")[2] == role


@given(st.lists(entitlements(st.text("ab:#%3A20", min_size=1, max_size=6), st.just(EGI)), max_size=4))
def test_no_group_is_the_end_of_anothers_path(texts):
    """Each part of a group's name has been one part: no encoded separator makes two of it."""
    for text in texts:
        entitlement = parse_entitlement(text)
        for name in groups(text):
            parts = name.split(":")
            assert len(parts) <= len(entitlement.path) + (entitlement.role is not None)
            assert all(parts)


def test_names_in_options():
    namespaces = Namespaces.of([EGI])
    assert namespaces.named_by("staff") == {"staff"}
    assert namespaces.named_by(f"{EGI}:group:a:b#x") == {"a:b"}
    assert namespaces.named_by(f"{EGI}:group:a:role=x") == {"a:role=x"}
    assert namespaces.named_by(f"{HELMHOLTZ}:group:a") == {f"{HELMHOLTZ}:group:a"}, "which is no Hub group"


def test_names_that_are_too_long_for_the_hub():
    found = entitled_groups({"entitlements": [f"{EGI}:group:a:{'b' * 254}"]}, Namespaces.of([EGI]))
    assert found == EntitledGroups(("a",), 0, 1)
    longest = [f"{EGI}:group:{letter * 255}" for letter in "ab"]
    assert groups(*longest) == ("a" * 255, "b" * 255)


def test_what_is_not_taken_is_counted_and_what_follows_is_read():
    texts = [
        f"{EGI}:group:",  # malformed
        f"{EGI}:group:x#other",
        f"{EGI}:group:y#other",
        f"{EGI}:group:{'c' * 256}#aai.egi.eu",
        f"{EGI}:group:{'d' * 256}#aai.egi.eu",
        f"{EGI}:group:a:b#aai.egi.eu",
        f"{EGI}:group:a#aai.egi.eu",
    ]
    found = entitled_groups({"entitlements": texts}, Namespaces.of([f"{EGI}#aai.egi.eu"]))
    assert found == EntitledGroups(("a", "a:b"), other_authorities=2, too_long=2)


# --- what cannot be read is unknown ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"entitlements": {"a": 1}}, "'entitlements' is a dict"),
        ({"eduperson_entitlement": 5}, "'eduperson_entitlement' is a int"),
        ({"entitlements": False}, "is a bool"),
        ({"entitlements": [f"{EGI}:group:{number}" for number in range(10_000)]}, "10000 entitlements"),
        ({"entitlements": [f"{EGI}:group:{'a' * MAX_ENTITLEMENT_LENGTH}"]}, "more than 1024 characters"),
        ({"_claim_names": {"entitlements": "src1"}}, "as a reference"),
        ({"_claim_names": {"eduperson_entitlement": "src1"}, "entitlements": []}, "as a reference"),
    ],
    ids=str,
)
def test_entitlements_that_cannot_be_read(claims, reason):
    with pytest.raises(Unknown, match=reason) as caught:
        entitled_groups(claims, Namespaces.of([EGI]))
    assert caught.value.retry is False


def test_limits():
    most = [f"{EGI}:group:{number}" for number in range(MAX_ENTITLEMENTS)]
    assert len(groups(*most)) == MAX_ENTITLEMENTS
    assert len(groups(*most, *most)) == MAX_ENTITLEMENTS, "duplicates count once"
    assert groups(f"urn:x:y:group:{'a' * 5000}", f"{EGI}:group:a") == ("a",), "a long one of another namespace"
    assert groups(f"{EGI}:group:lab:group:x") == ("lab", "lab:group", "lab:group:x"), "a subgroup called group"
    start = f"{EGI}:group:a:"
    assert groups(start + "b" * (MAX_ENTITLEMENT_LENGTH - len(start))) == ("a",), "the longest that is read"


@given(
    st.dictionaries(
        st.sampled_from(["entitlements", "eduperson_entitlement"]),
        st.lists(st.none() | st.integers() | st.text() | entitlements()) | st.none() | st.text() | st.integers(),
    )
)
def test_claims_of_any_type(claims):
    try:
        found = entitled_groups(claims, Namespaces.of([EGI, f"{HELMHOLTZ}#"]))
    except Unknown:
        assert any(isinstance(value, int) for value in claims.values())
    else:
        assert all(name.startswith(("urn:mace:egi.eu:group:", "urn:geant:helmholtz.de:group:")) for name in found.names)
