"""Loads cross-encoders of sentence-transformers from this machine. Needs the extra `transformers`."""

import os
from pathlib import Path
from typing import Any

from sourcier_core.errors import ConfigurationError, ExtraMissing


def load_cross_encoder(name: str, *, purpose: str) -> Any:
    """The model, which gives what its last layer gives, without an activation. Nothing is downloaded.

    Args:
        name: a folder, or a model's name when it was downloaded to the hub's cache before.
        purpose: what it is to be, for messages: "reranker".

    Raises:
        ExtraMissing: sentence-transformers is not installed.
        ConfigurationError: the model is not on this machine or cannot be loaded.
    """
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    try:
        # Loads torch: seconds and hundreds of megabytes, only when such a model is chosen.
        from sentence_transformers import CrossEncoder  # noqa: PLC0415
        from torch.nn import Identity  # noqa: PLC0415
        from transformers.utils.logging import disable_progress_bar  # noqa: PLC0415
    except ImportError as error:
        raise ExtraMissing(
            f"The {purpose} {name!r} needs sentence-transformers: pip install 'sourcier[transformers]'."
        ) from error
    disable_progress_bar()
    folder = Path(name).expanduser()
    try:
        return CrossEncoder(
            str(folder) if folder.is_dir() else name,
            local_files_only=True,
            activation_fn=Identity(),  # a sigmoid would make the best ones equal in 32 bits
        )
    except Exception as error:  # transformers, torch and safetensors each raise their own for a bad folder
        raise ConfigurationError(
            f"The {purpose} {name!r} cannot be loaded from this machine (nothing is downloaded): {error}"
        ) from error


def shown_name(name: str) -> str:
    """A folder's own name, or the model's."""
    folder = Path(name).expanduser()
    return folder.resolve().name if folder.is_dir() else name
