"""Run by Debian's own Python: LibreOffice saves a document in other formats under a password.

Arguments: the folder (with the document in it), the document, the password; then pairs of a name and a filter.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import uno
from com.sun.star.beans import PropertyValue

folder, document, password, *wanted = sys.argv[1:]
place = Path(folder)


def option(name, value):
    made = PropertyValue()
    made.Name, made.Value = name, value
    return made


pipe = f"sourcier{place.stat().st_ino}"
profile = f"-env:UserInstallation={(place / 'profile').as_uri()}"
office = subprocess.Popen(
    ["soffice", profile, "--headless", "--norestore", f"--accept=pipe,name={pipe};urp;"],
    stdin=subprocess.DEVNULL,
    stdout=subprocess.DEVNULL,
    stderr=subprocess.DEVNULL,
    start_new_session=True,  # it is a script that starts the program: both end with their group
)
try:
    local = uno.getComponentContext()
    bridge = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    for _ in range(120):
        try:
            remote = bridge.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
            break
        except Exception:  # noqa: BLE001 - uno has its own kinds: the program has not opened its pipe yet
            time.sleep(0.5)
    desktop = remote.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", remote)
    opened = desktop.loadComponentFromURL((place / document).as_uri(), "_blank", 0, (option("Hidden", True),))
    for name, kind in zip(wanted[::2], wanted[1::2], strict=True):
        opened.storeToURL((place / name).as_uri(), (option("FilterName", kind), option("Password", password)))
    opened.close(True)
finally:
    os.killpg(office.pid, signal.SIGKILL)
    office.wait()
