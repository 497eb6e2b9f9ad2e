"""The child that serves a GGUF file with llama.cpp's own HTTP server. Run with `python -m`; prints its address."""

import argparse
import ctypes
import importlib
import os
import signal
import sys
import threading
from typing import Any

_PR_SET_PDEATHSIG = 1


def _die_with_parent(parent: int) -> None:
    """Ask the kernel to kill this process when the thread that started it ends (Linux)."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(1)


def _stop_writing() -> None:
    """Nobody reads this process any more: a full pipe would stop the server."""
    sys.stdout.flush()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


def main() -> None:
    """Load the model, print `LISTENING <address>`, serve until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--context", type=int, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--parent", type=int, required=True)
    chosen = parser.parse_args()
    _die_with_parent(chosen.parent)
    # An optional extra that only this child may load; it has no types.
    xllamacpp: Any = importlib.import_module("xllamacpp")

    parameters = xllamacpp.CommonParams()
    parameters.model.path = chosen.model
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = chosen.port
    parameters.n_parallel = 1
    parameters.n_ctx = chosen.context
    parameters.cpuparams.n_threads = chosen.threads
    parameters.cpuparams_batch.n_threads = chosen.threads
    parameters.n_threads_http = 2
    parameters.n_gpu_layers = 0
    parameters.offline = True
    parameters.use_jinja = True
    parameters.ui = False
    parameters.warmup = False
    parameters.endpoint_slots = True
    server = xllamacpp.Server(parameters)
    print("LISTENING", server.listening_address, flush=True)
    _stop_writing()
    threading.Event().wait()


if __name__ == "__main__":
    main()
