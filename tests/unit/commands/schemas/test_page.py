"""What ``docs/schemas.md`` shows is what the commands print."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[4] / "docs" / "schemas.md").read_text("utf-8")
(MODULE,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
SHOWN = re.findall(r"```console\n\$ tracking-middleware schema (.*?)\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.usefixtures("folder")
def test_the_page_shows_what_the_commands_print(run):
    assert [command.split()[0] for command, _ in SHOWN] == ["export", "check", "pull"]
    Path("shop_one.py").write_text(MODULE)
    changed = MODULE.replace("MaxLength(20)", "MaxLength(10)") + "    section: str | None = None\n"
    Path("shop_two.py").write_text(changed)
    for command, printed in SHOWN:
        assert run(*command.split())[1] == printed
