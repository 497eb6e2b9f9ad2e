"""SMB access lists as groups: `sid:<security identifier>` for each that may read.

Who is refused a file anywhere must not get in by a group: an entry that refuses reading closes the file to all but
administrators, and so does an entry of a kind that is not known.
"""

from smbprotocol.security_descriptor import AccessAllowedAce, AccessDeniedAce, AceType, SMB2CreateSDBuffer

SID_PREFIX = "sid:"

_EVERYONE = frozenset({"S-1-1-0", "S-1-5-11"})
"""Everyone, and all who have signed in."""
_NOT_GROUPS = frozenset({"S-1-3-0", "S-1-3-1", "S-1-3-4", "S-1-5-18"})
"""Creator and owner, and the operating system."""
_READ_BITS = 0x00000001 | 0x80000000 | 0x10000000 | 0x02000000
"""FILE_READ_DATA, GENERIC_READ, GENERIC_ALL, MAXIMUM_ALLOWED."""
_INHERIT_ONLY = 0x08
_REFUSED = "An entry of its access list refuses somebody: only administrators may read it."
_NOT_UNDERSTOOD = "Its access list has an entry of an unknown kind: only administrators may read it."
_MISSING = "It has no access list: only administrators may read it."


def groups_of_descriptor(content: bytes) -> tuple[frozenset[str] | None, str]:
    """The groups that may read by a security descriptor (None: everyone), and a note where nobody may.

    Raises:
        Exception: the bytes are no security descriptor.
    """
    descriptor = SMB2CreateSDBuffer()
    descriptor.unpack(content)
    access_list = descriptor.get_dacl() if descriptor["offset_dacl"].get_value() else None
    if access_list is None:
        return frozenset(), _MISSING
    groups: set[str] = set()
    everyone = False
    for entry in access_list["aces"].get_value():
        if not isinstance(entry, AccessAllowedAce | AccessDeniedAce):
            if _is_audit(entry):
                continue
            return frozenset(), _NOT_UNDERSTOOD
        if entry["ace_flags"].get_value() & _INHERIT_ONLY or not entry["mask"].get_value() & _READ_BITS:
            continue
        if isinstance(entry, AccessDeniedAce):
            return frozenset(), _REFUSED
        sid = str(entry["sid"].get_value())
        if sid in _EVERYONE:
            everyone = True
        elif sid not in _NOT_GROUPS:
            groups.add(SID_PREFIX + sid)
    return (None, "") if everyone else (frozenset(groups), "")


def _is_audit(entry: object) -> bool:
    kind = entry["ace_type"].get_value() if not isinstance(entry, bytes) else entry[0]  # type: ignore[index]
    return kind == AceType.SYSTEM_AUDIT_ACE_TYPE
