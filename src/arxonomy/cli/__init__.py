"""The command line: one thin file per command over plain functions of the other folders.

Commands import what they need when they run, so that `arxonomy --help` answers at once. stdout is data,
stderr is talk. Exit status: 0 done; 1 an error that the user can mend, or some records were bad though
the good ones are written; 2 wrong usage; 130 stopped with Ctrl-C.
"""

from __future__ import annotations

import inspect
import os
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from arxonomy.cli import (
    ablate,
    audit,
    classify,
    compare,
    curve,
    embed,
    evaluate,
    explain,
    export,
    recipes,
    serve,
    train,
    vocab,
)
from arxonomy.cli.messages import log_to_stderr, say
from arxonomy.errors import ArxonomyError
from arxonomy.version import __version__

# What only an extra brings, by import name.
_EXTRAS = {
    "train": {
        "gensim", "lightning_fabric", "matplotlib", "onnx", "onnx_ir", "onnxscript", "scipy", "sklearn",
        "torch",
    },
    "serve": {"fastapi", "fastapi_offline", "prometheus_client", "starlette", "uvicorn"},
}  # fmt: skip


class _Commands(TyperGroup):
    """Turns the errors of every command into one line and an exit status; bugs keep their traceback."""

    def invoke(self, ctx: Any) -> Any:
        try:
            with log_to_stderr():
                result = super().invoke(ctx)
            sys.stdout.flush()
            return result
        except ArxonomyError as error:
            say(f"error: {error}")
            raise typer.Exit(1) from None
        except ModuleNotFoundError as error:
            missing = str(error.name).partition(".")[0]
            extra = next((extra for extra, names in _EXTRAS.items() if missing in names), None)
            if extra is None:
                raise
            say(f"error: this needs {error.name}, which is not installed; pip install 'arxonomy[{extra}]'")
            raise typer.Exit(1) from None
        except KeyboardInterrupt:
            say("stopped")
            raise typer.Exit(130) from None
        except OSError as error:
            # Python flushes stdout once more at its end, and would fail once more.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            if isinstance(error, BrokenPipeError):  # the reader has enough (`| head -1`)
                raise typer.Exit(0) from None
            say(f"error: {error}")  # a full disk behind stdout
            raise typer.Exit(1) from None


app = typer.Typer(
    name="arxonomy",
    cls=_Commands,
    help="Sorts scientific papers: title and abstract in, arXiv category and honest probability out.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"arxonomy {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


for _name, _module in {
    "classify": classify,
    "train": train,
    "embed": embed,
    "evaluate": evaluate,
    "compare": compare,
    "ablate": ablate,
    "curve": curve,
    "audit": audit,
    "explain": explain,
    "export": export,
    "serve": serve,
    "vocab": vocab,
    "recipes": recipes,
}.items():
    # Typer keeps the docstring's line breaks, and breaks the examples' lines only where one is blank.
    _paragraphs = (inspect.getdoc(_module.command) or "").split("\n\n")
    app.command(
        _name,
        help="\n\n".join(paragraph.replace("\n", " ") for paragraph in _paragraphs),
        epilog=_module.EXAMPLES.strip().replace("\n", "\n\n"),
    )(_module.command)


def main() -> None:
    """Run the command line that this process was started with."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal that cannot show a letter shows a `?`
            stream.reconfigure(errors="replace")
    # Nearly every batch has a length of its own, and PyTorch keeps what it compiled for a thousand of them,
    # to no use (`bench/train_memory.py`). It reads these when it is loaded; what is set already stands.
    for variable in ("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "LRU_CACHE_CAPACITY"):
        os.environ.setdefault(variable, "32")
    app(prog_name="arxonomy")
