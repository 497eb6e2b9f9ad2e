"""Which files share a child: many quick ones, few that may take long, a large one alone; none is lost or doubled."""

from hypothesis import given
from hypothesis import strategies as st

from sourcier_ingest.parse_ahead import ParseQueue
from sourcier_ingest.registering import PendingFile

files = st.lists(
    st.tuples(
        st.sampled_from(["note.txt", "scan.PNG", "report.pdf", "sheet.xlsx", "none"]), st.sampled_from([9, 99999])
    ),
    max_size=600,
)


def pending(number: int, name: str, size_bytes: int) -> PendingFile:
    return PendingFile(
        path=f"{number}/{name}",
        document_id=f"d{number}",
        version_id=f"v{number}",
        content_sha256="0" * 64,
        size_bytes=size_bytes,
    )


def groups_of(queue: ParseQueue) -> list[list[PendingFile]]:
    groups: list[list[PendingFile]] = []
    while group := queue.take():
        groups.append(group)
    return groups


@given(files)
def test_every_file_comes_once_in_its_order_and_a_large_one_alone(wanted: list[tuple[str, int]]) -> None:
    given_files = [pending(number, *one) for number, one in enumerate(wanted)]
    groups = groups_of(ParseQueue(given_files))
    assert [file for group in groups for file in group] == given_files
    for group in groups:
        assert len(group) == 1 or all(file.size_bytes == 9 for file in group)
        assert len(group) <= 192
        assert sum(file.path.endswith((".PNG", ".pdf")) for file in group) <= 12


def test_groups_of_texts_grow() -> None:
    groups = groups_of(ParseQueue(pending(number, "note.txt", 9) for number in range(600)))
    assert [len(group) for group in groups] == [24, 48, 96, 192, 192, 48]


def test_what_was_found_inside_comes_first() -> None:
    queue = ParseQueue(pending(number, "note.txt", 9) for number in range(30))
    queue.take()
    queue.add_inside([pending(99, "inside.txt", 9)])
    assert queue.take()[0].path == "99/inside.txt"
