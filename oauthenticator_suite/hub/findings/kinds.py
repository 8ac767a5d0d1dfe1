"""Findings that no check makes: from exceptions of the start-up, and from a command that reads a configuration."""

from __future__ import annotations

from typing import NamedTuple

from .finding import ERROR, INFO, WARNING, Finding, Severity


class Kind(NamedTuple):
    """A kind of finding.

    Attributes
    ----------
    code, severity, what, fix:
        As those of a `finding.Check`.
    """

    code: str
    severity: Severity
    what: str
    fix: str

    def finding(self, option: str, reason: str, fix: str = "") -> Finding:
        """A finding of this kind. `fix`: that of the kind if it is empty."""
        return Finding(self.code, self.severity, option, reason, fix or self.fix.replace("`", "'").rstrip("."))


INVALID_VALUE = Kind(
    "invalid-value",
    ERROR,
    "An option has a value of a type or a form that it does not accept.",
    "Correct the value as the message says.",
)

NOT_CREATED = Kind(
    "not-created",
    ERROR,
    "The authenticator cannot be created with these options, for the reason in the message.",
    "Follow the message.",
)

UNKNOWN_CLASS = Kind(
    "unknown-authenticator",
    ERROR,
    "`JupyterHub.authenticator_class` names no authenticator that is installed.",
    "Use one of the names that `jupyterhub --help-all` lists, or install the package.",
)

UNKNOWN_HUB_OPTION = Kind(
    "unknown-hub-option",
    WARNING,
    "The section `JupyterHub` sets an option that this release of JupyterHub does not have.",
    "Correct the name, or remove the option.",
)

NOT_INSTALLED = Kind(
    "not-installed-here",
    INFO,
    "An option of the Hub names a class of a package that is not installed where the command runs.",
    "Install the package where the Hub runs: the Hub does not start without it.",
)

NO_CLASS = Kind(
    "default-authenticator",
    INFO,
    "`JupyterHub.authenticator_class` is not set, so that the Hub uses PAM of JupyterHub itself.",
    "Set it to an authenticator of this package, such as `suite-github`.",
)

FOREIGN_CLASS = Kind(
    "other-package",
    INFO,
    "The authenticator belongs to another package or to the operator, and is not derived from a class of this package. "
    "Only names of options are checked.",
    "Nothing needs to be done.",
)

PEER_CLASS = Kind(
    "class-of-oauthenticator",
    WARNING,
    "The authenticator is a class of the package `oauthenticator`, which has a class of the same name as this package. "
    "Only names of options are checked.",
    "To use this package, write the name of its class, such as `suite-github`.",
)

START_UP_WARNING = Kind(
    "start-up-warning",
    WARNING,
    "The start-up logs this warning.",
    "Follow the message.",
)

CHECK_FAILED = Kind(
    "check-failed",
    WARNING,
    "A check could not run, because it raised an unexpected exception.",
    "Correct the errors first. If there are none, report this as a bug.",
)

NOT_KNOWN = Kind(
    "value-not-known",
    INFO,
    "An option has its value from a secret of the cluster, which the command cannot read. Its value is not checked.",
    "Nothing needs to be done. To check the value, run the command in the Hub's container.",
)

PROVIDER_NOT_ASKED = Kind(
    "provider-not-asked",
    INFO,
    "With `--online`: the provider was not asked, for the reason in the message.",
    "Correct the errors, or run the command in the Hub's container.",
)

REPLACED = Kind(
    "value-replaced",
    WARNING,
    "A list of names is set twice, and the second one drops names of the first: in another file, for example.",
    "Remove one of them, or add to the first with `update` or `extend`.",
)

NOT_RUN = Kind(
    "code-not-run",
    WARNING,
    "Code in `hub.extraConfig` needs a package that is not installed where the command runs.",
    "Run the command in the Hub's container.",
)

FINDING_KINDS = (
    INVALID_VALUE,
    NOT_CREATED,
    UNKNOWN_CLASS,
    UNKNOWN_HUB_OPTION,
    NOT_INSTALLED,
    NO_CLASS,
    FOREIGN_CLASS,
    PEER_CLASS,
    START_UP_WARNING,
    CHECK_FAILED,
    NOT_KNOWN,
    PROVIDER_NOT_ASKED,
    REPLACED,
    NOT_RUN,
)
"""All of them."""
