"""How Google's APIs say no."""

from __future__ import annotations

from typing import Any

from tests.fakes.openid_provider import Reply


class ApiError(Exception):
    """A refusal in the form of Google's REST APIs ("Standard error responses")."""

    def __init__(
        self, code: int, reason: str, message: str, *, status: str = "", domain: str = "global", **headers: str
    ) -> None:
        super().__init__(f"{code} {reason}: {message}")
        self.code = code
        self.reason = reason
        self.message = message
        self.status = status
        self.domain = domain
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def reply(self) -> Reply:
        one = {"message": self.message, "domain": self.domain, "reason": self.reason}
        error: dict[str, Any] = {"code": self.code, "message": self.message, "errors": [one]}
        if self.status:
            error["status"] = self.status
        return Reply(self.code, {"error": error}, headers={"Content-Type": "application/json", **self.headers})

    @classmethod
    def invalid(cls, message: str) -> ApiError:
        return cls(400, "invalid", message)

    @classmethod
    def not_authenticated(cls) -> ApiError:
        return cls(401, "authError", "Invalid Credentials", status="UNAUTHENTICATED", WWW_Authenticate="Bearer")

    @classmethod
    def no_scope(cls) -> ApiError:
        return cls(
            403,
            "insufficientPermissions",
            "Request had insufficient authentication scopes.",
            status="PERMISSION_DENIED",
            WWW_Authenticate='Bearer error="insufficient_scope"',
        )

    @classmethod
    def not_an_administrator(cls) -> ApiError:
        return cls(403, "forbidden", "Not Authorized to access this resource/api")

    @classmethod
    def not_found(cls, what: str) -> ApiError:
        return cls(404, "notFound", f"Resource Not Found: {what}")

    @classmethod
    def quota_exceeded(cls) -> ApiError:
        """Of the whole project, for today: Google says it with 403."""
        return cls(403, "quotaExceeded", "Quota exceeded for quota metric 'Queries'", domain="usageLimits")

    @classmethod
    def user_rate_limited(cls) -> ApiError:
        """Too fast for one administrator: Google says it with 403."""
        return cls(403, "userRateLimitExceeded", "User Rate Limit Exceeded", domain="usageLimits")

    @classmethod
    def rate_limited(cls) -> ApiError:
        return cls(
            429, "rateLimitExceeded", "Rate Limit Exceeded", status="RESOURCE_EXHAUSTED", domain="usageLimits"
        )  # fmt: skip

    @classmethod
    def backend_error(cls) -> ApiError:
        return cls(503, "backendError", "Service unavailable. Please try again", status="UNAVAILABLE")
