"""`Question`: a request to the provider, or a few that belong together, and when it is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from ....errors import ProviderTimeout, SuiteError
from .facts import Facts, NotAsked, ProviderAnswer


@dataclass(frozen=True, slots=True)
class Question:
    """A question to the provider. Made by `question`.

    Attributes
    ----------
    name:
        Of its answer in `Facts`.
    what:
        What is sent, and why: sentences for the documentation.
    applies:
        Whether the authenticator is asked about.
    ask:
        Sends the requests and returns the answer's value. It may raise a `SuiteError`, which becomes the answer, or
        `NotAsked`.
    """

    name: str
    what: str
    applies: Callable[[Any], bool]
    ask: Callable[[Facts], Awaitable[Any]]


def question(
    name: str, what: str, applies: Callable[[Any], bool] = lambda authenticator: True
) -> Callable[[Callable[[Facts], Awaitable[Any]]], Question]:
    """Make a `Question` of a function that asks it. Arguments: see `Question`."""

    def decorate(ask: Callable[[Facts], Awaitable[Any]]) -> Question:
        return Question(name, what, applies, ask)

    return decorate


async def answer_to(each: Question, facts: Facts, seconds: float) -> None:
    """Ask a question, and put the answer into `facts`. It never raises an exception of the question's.

    Parameters
    ----------
    seconds:
        How long the question may take.
    """
    try:
        answer = ProviderAnswer(await asyncio.wait_for(each.ask(facts), seconds))
    except NotAsked as reason:
        facts.not_asked[each.name] = str(reason)
        return
    except SuiteError as error:
        answer = ProviderAnswer(error=error)
    except (asyncio.TimeoutError, TimeoutError):
        answer = ProviderAnswer(error=ProviderTimeout(f"{each.name}: no answer in the time for all questions"))
    except Exception as error:  # noqa: BLE001 - of an operator's own code, for example
        answer = ProviderAnswer(error=SuiteError(f"{each.name}: the question failed ({type(error).__name__})"))
    facts.answers[each.name] = answer
