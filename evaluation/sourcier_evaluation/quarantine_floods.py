"""How often a flood of near-duplicates is seen, and how often harmless later loads are taken for one."""

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256

from sourcier_evaluation.quarantine_sets import Case
from sourcier_ingest.quarantine.evidence import DEFAULT_THRESHOLD
from sourcier_ingest.quarantine.floods import Neighbours, sudden
from sourcier_ingest.quarantine.near_duplicates import flood_evidence, near_duplicate_bands

LATER_SHARES = (0.02, 0.1, 0.5)
"""Shares of a harmless set that come in a second load, the rest being published before."""
CHANGED_SHARES = (0.02, 0.05, 0.1)
COPIES = 12
_TARGETS = 50
_FEWEST_WORDS = 100

Bands = Mapping[str, tuple[int, ...]]


def held_of_load(known: Sequence[str], new: Sequence[str], bands: Bands) -> list[str]:
    """Those of the new texts that a load of all of them would set aside for the flood alone."""
    seen = Neighbours()
    for names, is_new in ((known, False), (new, True)):
        for name in names:
            seen.add(bands[name], name, name, "", is_new=is_new)
    held: list[str] = []
    for name in new:
        count, others = seen.around(bands[name], name)
        evidence = flood_evidence(sudden(count, len(others)), "")
        if evidence is not None and evidence.weight >= DEFAULT_THRESHOLD:
            held.append(name)
    return held


def comes_later(name: str, share: float) -> bool:
    """Whether a document is of the second load, by its name: the same ones for every share, and more."""
    return int.from_bytes(sha256(b"later " + name.encode()).digest()[:4]) < share * 2**32


def near_copies(text: str, share: float, *, seed: int) -> Iterator[str]:
    """A dozen copies, each with other words in this share of its places."""
    generator = random.Random(seed)  # noqa: S311 - the same copies every time
    words = text.split()
    for _ in range(COPIES):
        yield " ".join(generator.choice(words) if generator.random() < share else word for word in words)


def _harmless_line(name: str, bands: Bands) -> str:
    parts: list[str] = []
    for share in LATER_SHARES:
        new = [case for case in bands if comes_later(case, share)]
        known = [case for case in bands if not comes_later(case, share)]
        held = held_of_load(known, new, bands)
        parts.append(f"{len(held)}/{len(new)} of a second load of {share:.0%}")
    return f"- {name}: set aside for a flood {', '.join(parts)}"


def _copies_line(name: str, cases: Sequence[Case]) -> str:
    long_enough = [case for case in cases if len(case.text.split()) >= _FEWEST_WORDS]
    targets = sorted(long_enough, key=lambda case: sha256(case.id.encode()).digest())[:_TARGETS]
    parts: list[str] = []
    for share in CHANGED_SHARES:
        held = 0
        for number, target in enumerate(targets):
            copies = {
                f"copy {place}": near_duplicate_bands(text)
                for place, text in enumerate(near_copies(target.text, share, seed=number))
            }
            bands = copies | {"target": near_duplicate_bands(target.text)}
            held += len(held_of_load(["target"], list(copies), bands))
        parts.append(f"{held}/{COPIES * len(targets)} with {share:.0%} of the words changed")
    return f"- {name}: of {COPIES} near-copies each of {len(targets)} documents, set aside {', '.join(parts)}"


def _poisoned_line(name: str, cases: Sequence[Case]) -> str:
    by_target: dict[str, dict[str, tuple[int, ...]]] = defaultdict(dict)
    for case in cases:
        if case.target is not None:
            by_target[case.target][case.id] = near_duplicate_bands(case.text)
    held = [held_of_load([], list(bands), bands) for bands in by_target.values()]
    return (
        f"- {name}: set aside for a flood {sum(map(len, held))}/{len(cases)} passages, of "
        f"{sum(map(bool, held))}/{len(held)} targets"
    )


def flood_lines(sets: Mapping[str, Sequence[Case]]) -> list[str]:
    """One line a set: poisoned passages loaded target by target, harmless sets loaded in two parts, near-copies."""
    lines = ["Floods of near-duplicates in a second load:", ""]
    for name, cases in sets.items():
        if any(case.target is not None for case in cases):
            lines.append(_poisoned_line(name, cases))
        elif not any(case.attack for case in cases):
            lines += [
                _harmless_line(name, {case.id: near_duplicate_bands(case.text) for case in cases}),
                _copies_line(name, cases),
            ]
    return lines
