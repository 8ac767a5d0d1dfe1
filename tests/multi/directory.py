"""A fake LDAP directory that supports only simple binds (RFC 4511 §4.2), on a loopback port."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from ldap3.protocol import rfc4511
from pyasn1.codec.ber import decoder, encoder
from pyasn1.error import SubstrateUnderrunError

SUCCESS, INVALID_CREDENTIALS, UNWILLING_TO_PERFORM = 0, 49, 53


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    passwords: Mapping[str, str]


class _Connection(socketserver.BaseRequestHandler):
    server: _Server

    def handle(self) -> None:
        for message in self._messages():
            request = message["protocolOp"]
            kind, body = request.getName(), request.getComponent()
            if kind == "unbindRequest":
                return
            if kind == "bindRequest":
                known = self.server.passwords.get(str(body["name"]))
                right = known is not None and bytes(body["authentication"]["simple"]) == known.encode()
                self._answer(message, "bindResponse", rfc4511.BindResponse(), SUCCESS if right else INVALID_CREDENTIALS)
            elif kind == "searchRequest":
                self._answer(message, "searchResDone", rfc4511.SearchResultDone(), UNWILLING_TO_PERFORM)
            else:
                raise AssertionError(f"a client that only binds does not send a {kind}")

    def _messages(self) -> Iterator[rfc4511.LDAPMessage]:
        received = b""
        while chunk := self.request.recv(65_536):
            received += chunk
            while received:
                try:
                    message, received = decoder.decode(received, asn1Spec=rfc4511.LDAPMessage())
                except SubstrateUnderrunError:
                    break
                yield message

    def _answer(self, to: rfc4511.LDAPMessage, name: str, body: rfc4511.LDAPResult, code: int) -> None:
        body["resultCode"] = rfc4511.ResultCode(code)
        body["matchedDN"] = rfc4511.LDAPDN("")
        body["diagnosticMessage"] = rfc4511.LDAPString("")
        answer = rfc4511.LDAPMessage()
        answer["messageID"] = to["messageID"]
        answer["protocolOp"] = rfc4511.ProtocolOp().setComponentByName(name, body)
        self.request.sendall(encoder.encode(answer))


@contextmanager
def directory(passwords: Mapping[str, str]) -> Iterator[int]:
    """Serve binds with these passwords, by DN; the port. In a thread, since the client waits in the event loop's."""
    with _Server(("127.0.0.1", 0), _Connection) as server:
        server.passwords = passwords
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
