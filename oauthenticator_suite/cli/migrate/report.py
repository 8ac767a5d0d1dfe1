"""The report of ``oauthenticator-suite migrate``: lines for people, or JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import get_args

from .files import Configuration
from .remarks import Remark, Verdict

INSTALL = 'Install this package where the Hub runs: from a clone, pip install . "jupyterhub==$(jupyterhub --version)"'


def status_of(remarks: Sequence[Remark]) -> int:
    """0 when nothing is to be done by hand, else 1."""
    return int(any(remark.by_hand for remark in remarks))


def as_text(configuration: Configuration, written: tuple[Path, Path] | None) -> Iterator[str]:
    """The report, in lines: each remark, and a summary.

    Parameters
    ----------
    written:
        The new file and the diff; None when nothing was written.
    """
    remarks = configuration.remarks.sorted()
    for remark in remarks:
        yield f"{remark}{' [by hand]' if remark.by_hand else ''}"
    if remarks:
        yield ""
    counts = Counter(remark.verdict for remark in remarks)
    yield ", ".join(f"{counts[verdict]} {verdict}" for verdict in get_args(Verdict)) + "."
    if not remarks:
        yield "Nothing in this configuration is about authenticators."
    elif not configuration.is_changed:
        yield "Nothing to change in the file." if len(configuration.files) == 1 else "Nothing to change in the files."
    elif written is None:
        yield "Nothing was written. --write writes the changes to a new file, with a diff."
    by_hand = sum(remark.by_hand for remark in remarks)
    if by_hand:
        yield f"{by_hand} of these lines need your decision: they are marked with [by hand]."
    if written is not None:
        yield f"Written: {written[0]}, and what has changed: {written[1]}"
    if configuration.is_changed:
        yield INSTALL


def as_json(configuration: Configuration, written: tuple[Path, Path] | None) -> str:
    """The report as one JSON object."""
    remarks = configuration.remarks.sorted()
    return json.dumps(
        {
            "remarks": [remark.as_dict() for remark in remarks],
            "changed": [str(file.path) for file in configuration.files if file.is_changed],
            "written": None if written is None else {"to": str(written[0]), "diff": str(written[1])},
            "by_hand": bool(status_of(remarks)),
        },
        indent=2,
        ensure_ascii=False,
    )
