"""What `make run` does after the set-up: load the examples once, answer one question, serve."""

import subprocess
import sys
import threading
from pathlib import Path

from sourcier_api import running
from sourcier_core.errors import SourcierError
from sourcier_core.settings import Settings

_EXAMPLES = Path(__file__).resolve().parent.parent / "examples" / "documents"
_COMMAND = (sys.executable, "-c", "from sourcier_api.command_line import main; main()")


def _show(question: str, url: str) -> None:
    """Load and ask through the running application, exactly as a person would with the command."""
    for arguments in (("load", str(_EXAMPLES), "--corpus", "examples"), ("ask", question)):
        print(f"\n$ sourcier {arguments[0]} {arguments[1]!r}", flush=True)
        subprocess.run([*_COMMAND, *arguments], check=False)
    print(f"\nSourcier is ready: {url}   (Ctrl-C stops it)", flush=True)


def main() -> int:
    """Serve; once ready, show the example in a second process."""
    settings = Settings()
    try:
        running.serve(
            settings, lambda url: threading.Thread(target=_show, args=(sys.argv[1], url), daemon=True).start()
        )
    except SourcierError as error:
        print(f"{error.code}: {error.message}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
