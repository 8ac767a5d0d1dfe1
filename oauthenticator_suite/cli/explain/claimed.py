"""The answer about a user whose claims are given in a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ...errors import AccessDenied, IncompleteAnswer, ProviderUnreachable, SuiteError
from ...hub.oauth.authenticator import OAuthenticator
from ...local.forms.authenticator import FormAuthenticator
from ...policy.entitlements import ENTITLEMENT_CLAIMS, entitled_groups
from ...policy.explanation import evaluate
from ...policy.profile import profile
from .configured import CannotExplain, ConfiguredHub, KnownUser
from .given import GivenUser, read_json, user_in
from .offline import NOT_IN_CLAIMS, OfflineLogin, sign_in
from .remedies import Remedy, RemedyFinder, suggested_name
from .report import Explanation, RuleAnswer

_STAGES = (
    "authenticate", "build_access_tokens_request_params", "get_token_info", "token_to_user", "look_up",
    "user_info_to_username", "build_auth_state_dict", "normalize_username", "get_user_groups", "update_auth_model",
    "collect_verified_emails", "check_blocked_users", "check_allowed", "is_admin", "run_post_auth_hook",
    "extra_required_rules", "facts_about",
)  # fmt: skip
_HOOKS = (
    "post_auth_hook",
    "modify_auth_state_hook",
    "reconcile_auth_state_hook",
    "username_claim",
    "auth_state_groups_key",
)


async def answers_about(hub: ConfiguredHub, file: str, username: str | None, provider: str | None) -> list[Explanation]:
    """Explain what would happen to a user with the claims in a file: at one provider, or at each.

    Raises
    ------
    CannotExplain
        When the file cannot be read, or no provider can be asked.
    """
    content = read_json(file)
    if provider is not None:
        hub.way(provider)
    names = [provider] if provider is not None else [*hub.ways()]
    if not names:
        hub.way("")
    return [await _answer(hub, name, content, username) for name in names]


async def _answer(hub: ConfiguredHub, name: str, content: Mapping[str, Any], username: str | None) -> Explanation:
    way: Any = hub.way(name)
    given = user_in(content, getattr(way, "user_auth_state_key", ""))
    if not isinstance(way, (OAuthenticator, FormAuthenticator)):
        raise CannotExplain(f"{type(way).__name__} signs users in with its own code, which cannot run on claims")
    fresh = hub.with_lines(())
    assert fresh is not None  # noqa: S101 - the same configuration has just been used
    login = await sign_in(fresh.way(name), given, username)
    is_known = not isinstance(login.error, (IncompleteAnswer, ProviderUnreachable))
    answer = Explanation(name, admitted=login.model is not None, is_known=is_known)
    identity, groups = _identity_of(fresh.way(name), login)
    if login.model is not None:
        answer.username = str(login.model["name"])
    elif identity is not None:
        answer.username = identity.username
    answer.groups = groups
    answer.facts = _facts(fresh.way(name), login, given)
    answer.why = [*_why(way, login)]
    answer.extra = [*_remarks(way, login)]
    if identity is not None:
        facts = identity.facts
        evaluation = evaluate(way.policy(), replace(identity, facts=facts))
        answer.rules = [RuleAnswer(each.part, each.name, each.holds, each.why_unknown) for each in evaluation.results]
        if login.model is None:
            known = KnownUser(identity, login.asked, NOT_IN_CLAIMS)
            finder = RemedyFinder(hub, name, known, evaluation)
            if not evaluation.admits:
                answer.remedies = await finder.find()
            else:
                answer.others = [each async for each in _others(login, known, finder)]
    return answer


def _identity_of(way: Any, login: OfflineLogin) -> tuple[Any, list[str] | None]:
    """The user as the rules saw them, and the groups; None when the login did not come so far."""
    known = login.progress.admission
    if known is None:
        return None, None
    identity = known.last_decided
    if identity is None and known.identity is not None and known.username is not None:
        groups = frozenset(known.record.groups or ()) if known.record is not None else frozenset()
        identity = known.identity_as(known.username, groups)
    if identity is None or not way.manage_groups or identity.groups_unknown:
        return identity, None
    return identity, sorted(identity.groups)


def _facts(way: Any, login: OfflineLogin, given: GivenUser) -> dict[str, Any]:
    """What follows from the claims, for the report."""
    known, model = login.progress.admission, login.model or {}
    facts: dict[str, Any] = {}
    if known is not None and known.identity is not None:
        facts["name at the provider"] = known.identity.login
    if known is not None and known.username is not None:
        facts["username on the Hub"] = model.get("name", known.username)
    namespaces = getattr(way, "namespaces_of_entitlements", None)
    if namespaces is not None and namespaces.authorities:
        received = [claim for claim in ENTITLEMENT_CLAIMS if claim in given.claims]
        facts["groups from entitlements"] = list(entitled_groups(given.claims, namespaces).names) if received else []
    if model:
        facts["administrator"] = bool(model.get("admin"))
        if way.manage_roles:
            facts["roles"] = [role["name"] for role in model.get("roles") or ()]
    shown = model.get("user_info") or (
        profile(given.claims, way.profile_claims) if hasattr(way, "profile_claims") else {}
    )
    facts.update({f"profile: {name}": value for name, value in shown.items()})
    return facts


def _why(way: Any, login: OfflineLogin) -> Iterator[str]:
    error, known = login.error, login.progress.admission
    if error is None:
        decision = way.policy().decide(known.last_decided) if known is not None and known.last_decided else None
        yield f"The rule that decides is {decision.rule}." if decision else "The user is allowed."
    elif isinstance(error, AccessDenied):
        yield f"{type(error).__name__}: {error.rule}: {error.detail}"
    elif isinstance(error, (IncompleteAnswer, ProviderUnreachable)):
        yield f"{type(error).__name__}: {error.detail}."
    elif isinstance(error, SuiteError):
        cause = f" ({error.__cause__})" if isinstance(error.__cause__, AttributeError) else ""
        yield f"{type(error).__name__}: {error.detail}{cause}"
    else:
        yield f"The code of the configuration failed with {type(error).__name__}."


def _remarks(way: Any, login: OfflineLogin) -> Iterator[str]:
    ran = [*_overrides(type(way)), *(hook for hook in _HOOKS if _is_hook(way, hook))]
    if ran:
        yield (
            f"Code of your configuration ran, as at a login: {', '.join(ran)}. If it uses the network by itself, it "
            "has done so. It got no request of a browser (handler is None)."
        )
    if login.unsent:
        yield (
            f"Requests to the provider that were not sent: {', '.join(dict.fromkeys(login.unsent))}. What they would "
            'tell can be given in the file: {"claims": {...}, "memberships": {"organization": ["example"]}}.'
        )


def _overrides(cls: type[Any]) -> Iterator[str]:
    """The stages that a class outside of this package overrides."""
    for name in _STAGES:
        for base in cls.__mro__:
            if name in vars(base):
                if base.__module__.partition(".")[0] not in ("oauthenticator_suite", "jupyterhub"):
                    yield name
                break


def _is_hook(way: Any, name: str) -> bool:
    if name == "reconcile_auth_state_hook":
        return bool(way.reconcile.is_set) or callable(getattr(way, name, None))
    return callable(getattr(way, name, None)) and way.has_trait(name)


async def _others(login: OfflineLogin, known: KnownUser, finder: RemedyFinder) -> Any:
    """What would help if the rules allow the user, and the user is refused for another reason."""
    rule = getattr(login.error, "rule", "")
    if rule == "username_pattern":
        name = known.identity.login or known.identity.username
        renamed = await finder.renamed(name, suggested_name(name))
        if renamed is not None:
            yield renamed
        yield Remedy("Change username_pattern so that it accepts the name.")
    elif rule:
        yield Remedy(f"Change the code that decides: {rule}.")
