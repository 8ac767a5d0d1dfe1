"""Subclasses that are written once and run under both packages, `oauthenticator` and this one, at the same provider."""

import pytest

pytest.register_assert_rewrite("tests.compatibility.sides")
