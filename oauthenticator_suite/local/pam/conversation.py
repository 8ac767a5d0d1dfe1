"""The conversation with PAM, through the bindings of the package python-pam.

python-pam's own `authenticate` does not fit. It cannot skip the account check or do nothing else; it answers every
question with the password; it does not pass on the client's address; it accepts empty passwords where the service does;
and it changes the credentials of the calling process, which is the Hub (``pam_group`` would change the Hub's groups).

Every function here blocks and is called in a thread. Calls share only the functions of the library.
"""

from __future__ import annotations

import ctypes
import functools
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes.util import find_library
from dataclasses import dataclass, field
from typing import Any

import pam
from pam.__internals import PamConv, PamHandle, PamResponse, conv_func

from ...protocol.text import for_log

_PAM_FAIL_DELAY = 10
"""Linux-PAM's item for a function that replaces the delay after a failure (pam_fail_delay(3))."""

_SECRET, _TEXT, _ERROR, _INFO = (
    pam.PAM_PROMPT_ECHO_OFF,
    pam.PAM_PROMPT_ECHO_ON,
    pam.PAM_ERROR_MSG,
    pam.PAM_TEXT_INFO,
)

_CODE = re.compile(r"one.?time|\botp\b|code|token|pin\b|authenticator|second factor", re.IGNORECASE)
"""Prompts for a second factor, in English. Other prompts are told apart by their order."""

_BOTH = re.compile(r"password\s*(?:&|\+|and)\s*(?:\w+\s+)?(?:code|token|otp)", re.IGNORECASE)
"""Prompts for the password directly followed by the code, in one answer."""

_UNDECIDED = frozenset(
    {
        pam.PAM_OPEN_ERR, pam.PAM_SYMBOL_ERR, pam.PAM_SERVICE_ERR, pam.PAM_SYSTEM_ERR, pam.PAM_BUF_ERR,
        pam.PAM_AUTHINFO_UNAVAIL, pam.PAM_AUTHTOK_RECOVER_ERR, pam.PAM_CONV_ERR, pam.PAM_TRY_AGAIN, pam.PAM_IGNORE,
        pam.PAM_ABORT, pam.PAM_MODULE_UNKNOWN, pam.PAM_BAD_ITEM, pam.PAM_NO_MODULE_DATA, pam.PAM_CRED_INSUFFICIENT,
    }
)  # fmt: skip
"""Return values that say nothing about the user: PAM, or a service that it asks, has a problem."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """PAM's answer to one question.

    Attributes
    ----------
    code:
        The return value; 0 for yes.
    reason:
        PAM's description of it and the messages of its modules, for the log.
    """

    code: int
    reason: str

    @property
    def accepted(self) -> bool:
        """Whether the answer is yes."""
        return self.code == 0

    @property
    def decided(self) -> bool:
        """Whether the answer is about the user; False for a problem of PAM itself."""
        return self.code not in _UNDECIDED


@dataclass(frozen=True, slots=True)
class Service:
    """A PAM service.

    Attributes
    ----------
    name:
        The name of the service file.
    folder:
        The folder of the file; empty for the folders of the system.
    encoding:
        The encoding of names, passwords and messages.
    """

    name: str
    folder: str = ""
    encoding: str = "utf8"


@functools.cache
def _library() -> Any:
    """The functions of libpam, as attributes of python-pam's object. Its stateful methods are not used."""
    return pam.PamAuthenticator()


@functools.cache
def _in_folder() -> Any:
    """``pam_start_confdir`` of Linux-PAM 1.4 and later, or None."""
    function = getattr(ctypes.CDLL(find_library("pam")), "pam_start_confdir", None)
    if function is not None:
        function.restype = ctypes.c_int
        start = [ctypes.c_char_p, ctypes.c_char_p, ctypes.POINTER(PamConv), ctypes.c_char_p, ctypes.POINTER(PamHandle)]
        function.argtypes = start
    return function


def can_use_folder() -> bool:
    """Whether this system's PAM can read service files from another folder than ``/etc/pam.d``."""
    return _in_folder() is not None


@ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_uint, ctypes.c_void_p)
def _no_delay(_code: int, _microseconds: int, _data: Any) -> None:
    """Do not delay in the thread, which is needed for other users. `failure_delay` delays the answer instead."""


_calloc = ctypes.CDLL(None).calloc
_calloc.restype = ctypes.c_void_p
_calloc.argtypes = [ctypes.c_size_t, ctypes.c_size_t]


def _c_copy(data: bytes) -> int:
    """The address of a copy that PAM may free; 0 when there is no memory."""
    address: int | None = _calloc(len(data) + 1, 1)
    if address:
        ctypes.memmove(address, data, len(data))
    return address or 0


@dataclass(slots=True)
class _Talk:
    """Answers PAM's questions. Without a `code`, the password answers every question that does not echo the input."""

    password: bytes
    code: bytes | None
    encoding: str
    messages: list[str] = field(default_factory=list)
    unanswered: str | None = None
    _left: dict[str, bytes] = field(init=False)

    def __post_init__(self) -> None:
        self._left = {"password": self.password, "code": self.code or b""}

    def answer(self, style: int, text: str) -> bytes | None:
        """The answer to a question. None when it is a message, or when there is no answer (see `unanswered`)."""
        if style in (_ERROR, _INFO):
            self.messages.append(text)
            return None
        if self.code is None:
            answer = self.password if style == _SECRET else None
        elif _BOTH.search(text) and len(self._left) == 2:
            answer = self.password + self.code
            self._left.clear()
        else:
            kind = "code" if "code" in self._left and _CODE.search(text) else next(iter(self._left), "")
            answer = self._left.pop(kind, None)
        if answer is None:
            self.unanswered = text
        return answer

    def __call__(self, count: int, messages: Any, responses: Any, _data: Any) -> int:
        """The conversation function that PAM calls (pam_conv(3))."""
        try:
            address = _calloc(count, ctypes.sizeof(PamResponse))
            if not address:
                return int(pam.PAM_BUF_ERR)
            answers = ctypes.cast(address, ctypes.POINTER(PamResponse))
            responses[0] = answers  # PAM frees it, also after an error
            for number in range(count):
                message = messages[number].contents
                text = (message.msg or b"").decode(self.encoding, "replace")
                answer = self.answer(message.msg_style, text)
                if answer is not None:
                    ctypes.c_void_p.from_buffer(answers[number]).value = _c_copy(answer)
                elif self.unanswered is not None:
                    return int(pam.PAM_CONV_ERR)
        except Exception:  # noqa: BLE001 - no exception may reach the C code
            return int(pam.PAM_CONV_ERR)
        return int(pam.PAM_SUCCESS)


@dataclass(slots=True)
class _Transaction:
    """One transaction with PAM, from pam_start to pam_end."""

    handle: Any
    talk: _Talk
    code: int = 0

    def call(self, function: str, flags: int = 0) -> Verdict:
        self.code = getattr(_library(), function)(self.handle, flags)
        return self.verdict()

    def verdict(self) -> Verdict:
        parts = [_description(self.handle, self.code)]
        if self.talk.unanswered is not None:
            parts.append(f"the service asks for something more: {self.talk.unanswered.strip()!r}")
        parts += self.talk.messages
        return Verdict(self.code, for_log("; ".join(parts)))


def _description(handle: Any, code: int) -> str:
    text = _library().pam_strerror(handle, code)
    return f"{text.decode('utf-8', 'replace') if text else 'no description'} ({code})"


@contextmanager
def _transaction(service: Service, name: str, talk: _Talk, address: str = "") -> Iterator[_Transaction]:
    library = _library()
    callback = conv_func(talk)
    conversation = PamConv(callback, None)
    handle = PamHandle()
    names = service.name.encode("ascii"), name.encode(service.encoding)
    if service.folder:
        folder = os.fsencode(service.folder)
        code = _in_folder()(*names, ctypes.byref(conversation), folder, ctypes.byref(handle))
    else:
        code = library.pam_start(*names, ctypes.byref(conversation), ctypes.byref(handle))
    transaction = _Transaction(handle, talk, code)
    try:
        if code == pam.PAM_SUCCESS:
            library.pam_set_item(handle, _PAM_FAIL_DELAY, ctypes.cast(_no_delay, ctypes.c_void_p))
            if address:
                library.pam_set_item(handle, pam.PAM_RHOST, ctypes.c_char_p(address.encode("ascii", "replace")))
        yield transaction
    finally:
        if handle.handle:
            library.pam_end(handle, transaction.code)


def log_in(
    service: Service, name: str, password: str, *, code: str | None = None, address: str = "", account: bool = True
) -> tuple[Verdict, Verdict | None]:
    """Check a password, and then whether the account may be used.

    Parameters
    ----------
    code:
        The answer to a second question; None when the user was asked for none.
    address:
        The client's address, for modules that use it (``PAM_RHOST``).
    account:
        Whether to check the account.

    Returns
    -------
    tuple of Verdict and (Verdict or None)
        The verdict on the password, and the one on the account. The second is None when the password is wrong, and
        without `account`.

    Raises
    ------
    ValueError
        When an argument has a NUL character, or cannot be encoded.
    """
    secrets = [text.encode(service.encoding) for text in (password, code or "")]
    _refuse_nul(name, password, code or "")
    talk = _Talk(secrets[0], None if code is None else secrets[1], service.encoding)
    with _transaction(service, name, talk, address) as transaction:
        if transaction.code != pam.PAM_SUCCESS:
            return transaction.verdict(), None
        password_verdict = transaction.call("pam_authenticate", pam.PAM_DISALLOW_NULL_AUTHTOK)
        if not password_verdict.accepted or not account:
            return password_verdict, None
        return password_verdict, transaction.call("pam_acct_mgmt", pam.PAM_DISALLOW_NULL_AUTHTOK)


def check_account(service: Service, name: str) -> Verdict:
    """Check whether the account of a signed-in user may still be used."""
    return _without_password(service, name, "pam_acct_mgmt")


def open_session(service: Service, name: str) -> Verdict:
    """Open a session with the session modules of the service."""
    return _without_password(service, name, "pam_open_session")


def close_session(service: Service, name: str) -> Verdict:
    """Close a session with the session modules of the service."""
    return _without_password(service, name, "pam_close_session")


def _without_password(service: Service, name: str, function: str) -> Verdict:
    _refuse_nul(name)
    with _transaction(service, name, _Talk(b"", None, service.encoding)) as transaction:
        return transaction.call(function) if transaction.code == pam.PAM_SUCCESS else transaction.verdict()


def _refuse_nul(*texts: str) -> None:
    if any("\0" in text for text in texts):
        raise ValueError("a NUL character")
