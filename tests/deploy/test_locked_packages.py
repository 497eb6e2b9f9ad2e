"""What is pinned can be installed wherever the project says it runs: on the oldest Python it names, too."""

import re
import tomllib
from importlib.metadata import distribution
from pathlib import Path

from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[2]


def test_every_pinned_package_runs_on_the_oldest_python_that_the_project_names() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    oldest = re.match(r">=(\d+\.\d+)", project["requires-python"])
    assert oldest is not None
    names = re.findall(r"^([\w.-]+)==", (ROOT / "requirements.lock").read_text("utf-8"), re.MULTILINE)
    asked = {name: distribution(name).metadata.get("Requires-Python") for name in names}
    refusing = {
        name: python for name, python in asked.items() if python and f"{oldest[1]}.0" not in SpecifierSet(python)
    }
    assert len(names) > 50
    assert refusing == {}
