"""Many new documents that say nearly the same as one target wait for a person; families known from before do not."""

import random
import re
from pathlib import Path
from typing import Any

from application.live_application import LiveApplication

TEXT = """Le salarié transmet sa demande au service compétent avant la fin du mois et joint les pièces utiles à son
dossier. Quand une mission dépasse deux jours, le responsable donne un accord écrit ; les frais sont remboursés selon
un barème, sur présentation des justificatifs, dans la limite fixée par la direction. Chaque établissement tient un
registre des absences."""
WORDS = re.findall(r"\w+", TEXT)


def policy(seed: int, length: int = 160) -> list[str]:
    generator = random.Random(seed)
    return [generator.choice(WORDS) for _ in range(length)]


def near_copy(words: list[str], number: int) -> str:
    """The same text with another amount in one place, as a poisoned policy has."""
    changed = [*words]
    changed[40 + number : 42 + number] = ["plafond", str(1000 + number)]
    return " ".join(changed) + ".\n"


def write(folder: Path, texts: dict[str, str]) -> None:
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")


def outcomes(view: dict[str, Any]) -> dict[str, str]:
    return {item["path"]: item["outcome"] for item in view["items"]}


def test_a_flood_of_one_target_waits_for_a_person(live: LiveApplication, folder: Path) -> None:
    target = policy(1)
    write(
        folder,
        {"travel.txt": " ".join(target) + ".\n"} | {f"other {n}.txt": " ".join(policy(50 + n)) for n in range(3)},
    )
    first = live.load(folder)
    assert set(outcomes(first).values()) == {"published"}
    copies = {f"copy {number:02}.txt": near_copy(target, number) for number in range(12)}
    write(folder, copies | {"leave.txt": " ".join(policy(99))})
    second = outcomes(live.load(folder))
    assert {path for path, outcome in second.items() if outcome == "quarantined"} == set(copies)
    assert second["leave.txt"] == "published"
    (review, *others) = live.http.get("/api/reviews").json()
    assert len(others) == 11
    (evidence,) = review["evidence"]
    assert evidence["kind"] == "near_duplicates"
    assert evidence["excerpt"].startswith("12: ")
    approved = live.http.post(f"/api/reviews/{review['version_id']}/decision", json={"decision": "approved"}).json()
    live.wait(approved["load_id"])  # a person's word counts: it is not set aside again
    assert outcomes(live.load(folder))[review["path"]] == "unchanged"


def test_a_flood_in_small_loads_is_seen_too(live: LiveApplication, folder: Path) -> None:
    target = policy(1)
    write(folder, {"travel.txt": " ".join(target)})
    live.load(folder)
    ended: list[str] = []
    for number in range(6):
        write(folder, {f"copy {number}.txt": near_copy(target, number)})
        ended.append(outcomes(live.load(folder))[f"copy {number}.txt"])
    assert ended == ["published"] * 4 + ["quarantined"] * 2


def test_families_of_a_first_load_and_more_of_a_known_family_pass(live: LiveApplication, folder: Path) -> None:
    letter = policy(7)
    write(folder, {f"letter {number:02}.txt": near_copy(letter, number) for number in range(15)})
    assert set(outcomes(live.load(folder)).values()) == {"published"}
    write(folder, {f"letter {number:02}.txt": near_copy(letter, number) for number in range(15, 27)})
    more = live.load(folder)
    assert (more["published"], more["quarantined"]) == (12, 0)
    write(folder, {f"letter {number:02}.txt": near_copy(policy(8), number) for number in range(27)})
    changed = live.load(folder)  # every letter has a new content: nothing is added, it is replaced
    assert (changed["published"], changed["quarantined"]) == (27, 0)
