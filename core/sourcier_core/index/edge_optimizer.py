"""`python -m sourcier_core.index.edge_optimizer SHARD`: build a shard's graphs in a process of its own.

Edge holds the GIL while it builds, for minutes; here nobody minds. It runs on a private copy, and dies with its parent.
"""

import ctypes
import os
import signal
import sys
from pathlib import Path

from sourcier_core.index.edge_files import sync_tree
from sourcier_core.index.edge_shard import EdgeShardHandle

_DIE_WITH_PARENT = 1
_NICENESS = 10


def optimize(folder: Path) -> None:
    """Optimise the shard in a folder and make it durable."""
    shard = EdgeShardHandle.load(folder)
    try:
        shard.optimize()
    finally:
        shard.close()
    sync_tree(folder)


def main() -> None:
    """Optimise the shard named by the first argument; the second is the parent's process id."""
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != int(sys.argv[2]):  # the parent died before the line above
        sys.exit(1)
    os.nice(_NICENESS)
    optimize(Path(sys.argv[1]))


if __name__ == "__main__":
    main()
