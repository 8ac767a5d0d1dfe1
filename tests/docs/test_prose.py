"""The prose lint, `scripts/prose`: each rule finds its phrase, and nothing else is read or found."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
LINT = REPOSITORY / "scripts" / "prose"


def module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"prose_{name}", LINT / f"{name}.py")
    assert spec
    assert spec.loader
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = loaded  # dataclasses look their module up
    spec.loader.exec_module(loaded)
    return loaded


rules, extract = module("rules"), module("extract")
RULES = rules.rules_of()
FINDER = rules.finder_of(RULES)


def found(text: str) -> list[str]:
    """The names of the rules that find something in a sentence."""
    hits = FINDER.finditer(f" ∎ {text} ∎ ")
    return [RULES[int(str(hit.lastgroup).removeprefix("rule"))].name for hit in hits]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_finds_its_bad_sentences_and_no_good_ones(rule: object) -> None:
    assert rule.bad
    assert rule.good
    assert rule.instead
    for sentence in rule.bad:
        assert rule.name in found(sentence), sentence
    for sentence in rule.good:
        assert rule.name not in found(sentence), sentence


def lint(root: Path, *names: str) -> tuple[int, list[str]]:
    """Exit status, and the lines about files."""
    command = [sys.executable, LINT, f"--root={root}", *(str(root / name) for name in names)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert result.stderr == ""
    *lines, summary = result.stdout.splitlines()
    assert summary.endswith("in 1,000)")
    return result.returncode, lines


PAGE = """\
# Sign in

The Hub asks. Whoever
answers, signs in beside the others.

- An item: the page says what is `mend amiss`, and [beside](https://example.org/amiss).

| Column | Mend it |
|---|---|

```python
mend = "amiss"  # mend this line
```

<!-- prose: off -->
Somebody said: "Whoever mends it."
<!-- prose: on -->

<!-- prose: allow mend -->
The command `x` prints "mend the file".

<!-- prose: allow amiss -->
Nothing is wrong here.

One two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
nineteen twenty one two three four five six seven eight nine ten eleven.

All of a sudden it is an added bonus.
"""


def test_a_page_is_read_without_code_and_with_its_exceptions(tmp_path: Path) -> None:
    (tmp_path / "docs" / "how-to").mkdir(parents=True)
    (tmp_path / "docs" / "how-to" / "page.md").write_text(PAGE, encoding="utf-8")
    status, lines = lint(tmp_path, "docs")
    assert status == 1
    page = "docs/how-to/page.md"
    assert [tuple(line.split(": ")[:2]) for line in lines] == [
        (f"{page}:3", "whoever"),
        (f"{page}:4", "beside"),
        (f"{page}:6", "beside"),
        (f"{page}:8", "mend"),
        (f"{page}:12", "mend"),
        (f"{page}:22", "unused-exception"),
        (f"{page}:25", "long-sentence"),
        (f"{page}:28", "redundancy.misc.after_the_deadline"),
    ]
    assert "docs/how-to/page.md:25: long-sentence: 31 words, at most 30: 'One two three" in "\n".join(lines)


MODULE = '''\
"""A module.

Whoever reads it, mends
it.
"""

# The reader is
# beside the point.
X = "this is a mend"
Y = f"{X} cannot be used: see that nothing is amiss"
log.warning(
    "The provider has not answered, "
    "and perhaps it is down",
)
key = {"mend": "beside # mend"}
z = 1  # prose: allow mend (the name of a command that mends)
'''


def test_a_module_is_read_where_it_has_sentences(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text(MODULE, encoding="utf-8")
    status, lines = lint(tmp_path, "module.py")
    assert status == 1
    assert [line.split(": ")[:2] for line in lines] == [
        ["module.py:3", "mend"],
        ["module.py:3", "whoever"],
        ["module.py:8", "beside"],
        ["module.py:9", "mend"],
        ["module.py:10", "amiss"],
        ["module.py:13", "perhaps"],
    ]


def test_a_template_is_read_without_its_tags(tmp_path: Path) -> None:
    html = '<p class="mend this">\n{% if mend %}Mend it <b>now</b> please{% endif %}</p>\n{{ t("mend") }}\n'
    (tmp_path / "page.html").write_text(html, encoding="utf-8")
    assert lint(tmp_path, "page.html")[1] == ["page.html:2: mend: 'Mend': fix"]


def test_descriptions_of_a_schema_are_read(tmp_path: Path) -> None:
    schema = "title: An event\ndescription: The event is\n  beside the point.\nproperties:\n  mend: {}\n"
    (tmp_path / "event.yaml").write_text(schema, encoding="utf-8")
    assert [line.split(": ")[:2] for line in lint(tmp_path, "event.yaml")[1]] == [["event.yaml:3", "beside"]]


def test_a_plain_page_is_clean(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text(
        "# Sign in\n\nThe user signs in, and the Hub starts a server.\n", encoding="utf-8"
    )
    assert lint(tmp_path, "page.md") == (0, [])


def test_the_lint_runs_with_the_other_linters() -> None:
    assert "$bin/python scripts/prose" in (REPOSITORY / "scripts" / "lint.sh").read_text(encoding="utf-8")
