"""The lock file, from which deployments install, has everything that pyproject.toml requires, with hashes."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, requires

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.running import ROOT

LOCK = (ROOT / "deploy/requirements.txt").read_text("utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
RENEW = "run `make lock`"


def pins() -> dict[str, list[Requirement]]:
    """Return package → its pins. A package may have several pins, with markers that exclude each other."""
    found: dict[str, list[Requirement]] = {}
    for line in re.findall(r"^([a-z0-9].*?) \\$", LOCK, re.MULTILINE):
        pin = Requirement(line)
        found.setdefault(canonicalize_name(pin.name), []).append(pin)
    return found


def wanted() -> list[Requirement]:
    """Return what finews with the extra for alerts requires, and what its build requires."""
    project = PROJECT["project"]
    groups = (
        project["dependencies"],
        project["optional-dependencies"]["notify"],
        PROJECT["build-system"]["requires"],
    )
    return [Requirement(line) for group in groups for line in group]


def test_each_pin_is_one_version_with_hashes():
    entries = re.split(r"^(?=[a-z0-9])", LOCK, flags=re.MULTILINE)[1:]
    assert len(entries) > 40
    for entry in entries:
        assert re.match(r"[a-z0-9-]+==\S+ ", entry), entry
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry
    assert not re.search(r"^-", LOCK, re.MULTILINE), "no option, such as another index"


def test_the_lock_has_what_the_project_requires():
    for requirement in wanted():
        found = pins().get(canonicalize_name(requirement.name), [])
        assert found, f"{requirement.name} isn't in deploy/requirements.txt; {RENEW}"
        versions = [next(iter(pin.specifier)).version for pin in found]
        assert all(requirement.specifier.contains(version) for version in versions), f"{requirement}: {RENEW}"


def test_the_lock_has_the_dependencies_of_dependencies():
    """This uses the packages that are installed here, which may have other versions."""
    locked, seen, left = pins(), set(), [(requirement, "") for requirement in wanted()]
    while left:
        requirement, why = left.pop()
        name = canonicalize_name(requirement.name)
        assert name in locked, f"{name}{why} isn't in deploy/requirements.txt; {RENEW}"
        try:
            needs = [Requirement(line) for line in requires(name) or []]
        except PackageNotFoundError:
            continue
        extras = requirement.extras or {""}
        for need in needs:
            key = (name, str(need), frozenset(extras))
            environments = [default_environment() | {"extra": extra} for extra in extras]
            if key not in seen and (not need.marker or any(map(need.marker.evaluate, environments))):
                seen.add(key)
                left.append((need, f", which {name} needs,"))
