"""A process that has imported PyTorch, and forks for whatever is to run in a process of its own.

Importing takes seconds, a fork of a process that has done so none. `Warm` is the tests' side; run as a
program, this file is the other end of its socket.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class Child:
    """A process that was forked; close what was given to it before you read what it writes."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.pid = json.loads(connection.recv(100))

    def wait(self) -> int:
        """The exit status; negative for a signal, as in `subprocess`."""
        return int(json.loads(self.connection.recv(100)))


class Warm:
    """Starts functions in forks of one warm process, one at a time."""

    def __init__(self) -> None:
        self.connection, theirs = socket.socketpair()
        self.connection.settimeout(300)
        command = [sys.executable, __file__, str(theirs.fileno())]
        self.process = subprocess.Popen(command, pass_fds=[theirs.fileno()])
        theirs.close()

    def start(
        self,
        function: str,
        *arguments: Any,
        stdin: int,
        stdout: int,
        stderr: int,
        env: Mapping[str, str] = {},
    ) -> Child:
        """Call `module:function` with these arguments, which JSON can hold, on these streams."""
        asked = json.dumps([function, arguments, dict(env or {})]).encode()
        socket.send_fds(self.connection, [asked], [stdin, stdout, stderr])
        return Child(self.connection)

    def close(self) -> None:
        self.connection.close()
        self.process.wait(60)


def run_command(*words: str) -> None:
    """What `python -m arxonomy` does."""
    from arxonomy.cli import main

    sys.argv = ["arxonomy", *words]
    main()


def _serve(connection: socket.socket) -> None:
    while True:
        asked, streams, _, _ = socket.recv_fds(connection, 1 << 20, 3)
        if not asked:
            return
        child = os.fork()
        if not child:
            connection.close()
            _call(streams, *json.loads(asked))
        for stream in streams:
            os.close(stream)
        connection.sendall(json.dumps(child).encode())
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        connection.sendall(json.dumps(status).encode())


def _call(streams: list[int], function: str, arguments: list[Any], env: dict[str, str]) -> None:
    """Never returns."""
    code: Any = 1
    try:
        for place, stream in enumerate(streams):
            os.dup2(stream, place)
            os.close(stream)
        # As Python opens them when it starts: what is written to a terminal is seen line by line.
        sys.stdin = open(0, encoding="utf-8")
        sys.stdout = open(1, "w", encoding="utf-8", buffering=1 if os.isatty(1) else -1)
        sys.stderr = open(2, "w", encoding="utf-8", buffering=1)
        os.environ.update(env)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        module, _, name = function.partition(":")
        getattr(importlib.import_module(module), name)(*arguments)
        code = 0
    except SystemExit as done:
        code = done.code or 0
    except BaseException:
        traceback.print_exc()
    finally:
        for file in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError):
                file.flush()
        os._exit(code)


IMPORTED = (
    *("lightning_fabric", "scipy.stats", "sklearn.model_selection", "sympy", "torch._dynamo"),
    *("arxonomy.auditing", "arxonomy.cli.train", "arxonomy.training.baselines", "arxonomy.training.network"),
)
"""What training imports, at its beginning and on its way."""


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C in the terminal of the tests is theirs
    for imported in IMPORTED:
        importlib.import_module(imported)
    gc.collect()
    gc.freeze()  # a collection in a child would copy every page that it looks at
    _serve(socket.socket(fileno=int(sys.argv[1])))
