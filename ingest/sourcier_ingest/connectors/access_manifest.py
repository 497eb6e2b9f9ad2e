"""`.sourcier.yaml`: a file beside the documents that says who may read them. Nobody may where nothing is said."""

import unicodedata
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, cast

import yaml
from pathspec import GitIgnoreSpec

from sourcier_core.errors import AccessManifestInvalid, InvalidRequest
from sourcier_ingest.connectors.patterns import compile_pattern

MANIFEST_NAME = ".sourcier.yaml"
MOST_MANIFEST_BYTES = 64 * 1024
_MISNAMED = frozenset({".sourcier.yaml", ".sourcier.yml", "sourcier.yaml", "sourcier.yml"})
_MOST_RULES = 500
_LONGEST_GROUP = 200

NOBODY: frozenset[str] = frozenset()


def is_misnamed(name: str) -> bool:
    """Whether a name was surely meant to be the manifest's: passing it over would open what it closes."""
    return name != MANIFEST_NAME and name.casefold() in _MISNAMED


@dataclass(frozen=True, kw_only=True, slots=True)
class AccessRule:
    """The groups that may read; with `inherit` those of the folder above may as well."""

    groups: frozenset[str]
    inherit: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class AccessManifest:
    """What one manifest says: of its folder (None: nothing), and of files by pattern, of which the last one counts."""

    folder: AccessRule | None = None
    files: tuple[tuple[GitIgnoreSpec, AccessRule], ...] = ()

    def rule_for(self, path: str) -> AccessRule | None:
        """The rule for a file, by its path relative to the manifest's folder."""
        for pattern, rule in reversed(self.files):
            if pattern.match_file(path):
                return rule
        return self.folder


@dataclass(frozen=True, kw_only=True, slots=True)
class FolderAccess:
    """Who may read what is in a folder, by its manifest and those above it. The first, at the top, has no `above`."""

    folder: str = ""
    manifest: AccessManifest | None = None
    above: "FolderAccess | None" = None
    denied: str = ""
    """Why nobody may read anything here or below, whatever manifests further down say; empty: it is not so."""

    def groups_for(self, path: str) -> frozenset[str]:
        """The groups that may read the file at `path` (relative to the source)."""
        if self.denied:
            return NOBODY
        above = NOBODY if self.above is None else self.above.groups_for(path)
        if self.manifest is None:
            return above
        rule = self.manifest.rule_for(path.removeprefix(f"{self.folder}/") if self.folder else path)
        if rule is None:
            return above
        return rule.groups | above if rule.inherit else rule.groups

    def enter(self, folder: str, manifest: AccessManifest | AccessManifestInvalid | None) -> "FolderAccess":
        """The access inside a folder of this one, given its manifest, the reason why that is invalid, or None."""
        if isinstance(manifest, AccessManifestInvalid):
            return FolderAccess(folder=folder, above=self, denied=manifest.message)
        if manifest is None:
            return self
        return FolderAccess(folder=folder, manifest=manifest, above=self, denied=self.denied)


class _StrictLoader(yaml.SafeLoader):
    """Refuses a key that is given twice; YAML would silently take the last one."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(problem=f"{key!r} is given twice")
            seen.add(key)
        return super().construct_mapping(node, deep)


def _invalid(reason: str) -> AccessManifestInvalid:
    return AccessManifestInvalid(f"{MANIFEST_NAME}: {reason} Only administrators may read what is here and below.")


def _groups(value: object) -> frozenset[str]:
    if not isinstance(value, list):
        raise _invalid("`groups` has to be a list of names, like [hr, works-council].")
    names: set[str] = set()
    for item in cast("list[object]", value):
        name = unicodedata.normalize("NFC", item.strip()) if isinstance(item, str) else ""
        if not name or len(name) > _LONGEST_GROUP or not name.isprintable():
            raise _invalid(f"{str(item)[:80]!r} is not the name of a group; quote numbers and words like yes.")
        names.add(name)
    return frozenset(names)


def _mapping(value: object, known: set[str] | None, place: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise _invalid(f"{place} has to be a mapping.")
    mapping = cast("dict[object, object]", value)
    for key in mapping:
        if not isinstance(key, str) or (known is not None and key not in known):
            raise _invalid(f"{str(key)[:80]!r} means nothing in {place}.")
    return cast("dict[str, object]", mapping)


def _rule(value: dict[str, object]) -> AccessRule | None:
    inherit = value.get("inherit", False)
    if not isinstance(inherit, bool):
        raise _invalid("`inherit` has to be true or false.")
    if "groups" not in value:
        return None if inherit or "inherit" not in value else AccessRule(groups=NOBODY)
    return AccessRule(groups=_groups(value["groups"]), inherit=inherit)


def parse_manifest(content: bytes) -> AccessManifest:
    """Read a manifest.

    Raises:
        AccessManifestInvalid: it is not one; the message says why.
    """
    if len(content) > MOST_MANIFEST_BYTES:
        raise _invalid("The file is too large.")
    try:
        loaded: object = yaml.load(content.decode("utf-8-sig"), _StrictLoader)  # noqa: S506 (a SafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, TypeError, RecursionError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        place = "" if line is None else f" (line {line + 1})"
        raise _invalid(f"This is not valid YAML in UTF-8{place}.") from error
    top = _mapping({} if loaded is None else loaded, {"groups", "inherit", "files"}, "the manifest")
    files = _mapping(top.get("files", {}), None, "`files`")
    if len(files) > _MOST_RULES:
        raise _invalid(f"There are more than {_MOST_RULES} rules.")
    rules: list[tuple[GitIgnoreSpec, AccessRule]] = []
    for pattern, value in files.items():
        rule = _rule(_mapping(value, {"groups", "inherit"}, f"`files`, {pattern[:80]!r},"))
        if rule is None:
            raise _invalid(f"{pattern[:80]!r} names no groups.")
        if pattern.startswith("!"):
            raise _invalid("A pattern of `files` cannot begin with !.")
        try:
            rules.append((compile_pattern(pattern), rule))
        except InvalidRequest as error:
            raise _invalid(error.message) from error
    return AccessManifest(folder=_rule(top), files=tuple(rules))
