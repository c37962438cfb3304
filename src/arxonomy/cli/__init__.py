"""The command line: one thin file per command over plain functions of the other folders.

    classify        papers in, predictions out
    bulk            files of very many papers in, a folder of Parquet out
    train           labeled papers and a recipe in, a run folder out
    embed           papers in, word vectors out
    refresh         new labeled papers in, the model in use trained further
    evaluate        a model and labeled papers in, scores and a report out
    compare         models on the same papers
    drift           a model on the papers of the months after its training
    cross_validate  recipes trained once per fold, so that every paper is a test paper
    ablate          a recipe without each of its components
    curve           learning curves
    tune            the settings of a recipe with the best validation score
    audit           what is wrong with the labels
    explain         the words that drove a prediction
    check           the categories that authors chose, and a verdict on each
    export          runs in, a bundle out
    push            a bundle to the Hugging Face Hub
    harvest         arXiv's records into a file
    feed            the day's papers, ranked for one reader
    serve           predictions over HTTP
    mcp             predictions as tools of an agent
    page            a model in, a folder of static files out that classifies in the browser
    vocab           categories as an Annif vocabulary
    recipes         the recipes in the package
    models          the models that can be put in use, and which one is
    doctor          what this installation consists of, and what is broken in it
    inputs          the papers that are classified, and their options
    options         options that several commands share, and how their texts are read
    priors          class priors that are stated, read from files or estimated
    teachers        who teaches a network, and on which papers
    shared          what the commands of studies share
    bad_records     what is said of records that cannot be read
    missing_parts   what is said of papers without an abstract or a title
    answer_counts   what is said of the answers to all papers
    levels          answers at a broader level of the hierarchy
    output          predictions as JSON lines, CSV or a table
    overwriting     an output that would overwrite an input is refused
    progress        progress bars on stderr

The module of a command is imported when the command is called or its own help is asked for, and imports
what it needs when it runs, so that `arxonomy --help` answers at once. stdout is data, stderr is talk.
Exit status: 0 done; 1 an error that the user can fix, or some records were bad though the good ones are
written; 2 wrong usage; 130 stopped with Ctrl-C.
"""

from __future__ import annotations

import gc
import importlib
import inspect
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from arxonomy.advice import Interface, use_interface
from arxonomy.errors import ArxonomyError, MissingExtraError, SettingsError
from arxonomy.messages import log_to_stderr, say
from arxonomy.runtime import read_processes
from arxonomy.version import __version__

COMMANDS = {
    "classify": "Classify papers with calibrated probabilities.",
    "harvest": "Harvest arXiv's records politely into a file that every command reads.",
    "feed": "Rank the day's papers for one reader, and say why.",
    "bulk": "Classify very many papers into a folder of Parquet, with all cores or on a cluster.",
    "train": "Train a recipe on labeled papers.",
    "refresh": "Train the model in use further on new papers, and replace it if it is better.",
    "embed": "Learn word vectors from papers, labeled or not.",
    "evaluate": "Evaluate a model on labeled papers.",
    "compare": "Compare models on the same papers: scores, confidence intervals, significance, speed.",
    "drift": "Measure a model on papers of the months after its training, and say when to train again.",
    "cross-validate": "Cross-validate recipes, so that every paper is a test paper once.",
    "ablate": "Leave-one-out ablation of a recipe.",
    "curve": "Learning curves: accuracy by training-set size, extrapolated.",
    "tune": "Tune a recipe's settings on validation papers, within a bounded time.",
    "audit": "Audit labels: duplicates, contradictions, leakage, noise.",
    "explain": "Show which words drove a prediction.",
    "check": "Check the categories that authors chose: agree, add cross-lists, move, or cannot tell.",
    "export": "Export runs as a self-contained bundle (ONNX, no PyTorch).",
    "push": "Upload a bundle to the Hugging Face Hub, where it can be named by its commit.",
    "serve": "Serve predictions over HTTP.",
    "mcp": "Serve predictions to agents as tools (MCP, over stdin and stdout).",
    "page": "Write a page that classifies in the browser, without a server behind it.",
    "vocab": "Export the categories as an Annif vocabulary.",
    "recipes": "List the recipes, or print one as a commented TOML file.",
    "models": "List the models, put one in use, or go back to the one before.",
    "doctor": "Check the installation: versions, model, folders, optional parts, speed.",
}
"""Name of each command and the first line of its docstring, here so that no command has to be imported."""

# Packages that only an extra installs, by import name.
_EXTRAS = {
    "train": {
        "gensim", "lightning_fabric", "matplotlib", "onnx", "onnx_ir", "onnxscript", "optuna", "scipy",
        "sklearn", "torch",
    },
    "feed": {"platformdirs"},
    "harvest": {"httpx2", "lxml", "tenacity"},
    "hub": {"huggingface_hub"},
    "parquet": {"pyarrow"},
    "serve": {"fastapi", "fastapi_offline", "prometheus_client", "starlette", "uvicorn"},
}  # fmt: skip


class _Commands(TyperGroup):
    """Imports a command when it is called; turns its errors into one line and an exit status.

    Bugs keep their traceback.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = {name: TyperCommand(name, help=line) for name, line in COMMANDS.items()}

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, command, rest = super().resolve_command(ctx, args)
        if command is not None and name != "train" and (count := read_processes().count) > 1:
            raise SettingsError(
                f"{name}: expected one process, since several only train, found {count}; run the command "
                "without torchrun"
            )
        return name, None if command is None else _load_command(str(command.name)), rest

    def invoke(self, ctx: Any) -> Any:
        rank = 0
        try:
            rank = read_processes().rank
            with _silence(rank), log_to_stderr(), use_interface(Interface.COMMAND_LINE):
                result = super().invoke(ctx)
            sys.stdout.flush()
            return result
        except ArxonomyError as error:
            say(f"error: {f'rank {rank}: ' if rank else ''}{error}")
            raise typer.Exit(1) from None
        except ModuleNotFoundError as error:
            missing = str(error.name).partition(".")[0]
            extra = next((extra for extra, names in _EXTRAS.items() if missing in names), None)
            if missing == "arxonomy":  # a fault of ours
                raise
            say(
                f"error: {MissingExtraError.from_import(error, extra)}"
                if extra
                else f"error: expected the module {missing}, which every installation has, and found none; "
                "`arxonomy doctor` says how to mend it"
            )
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


@contextmanager
def _silence(rank: int) -> Iterator[None]:
    """Let the first of several processes talk alone, until another one fails."""
    if not rank:
        yield
        return
    with (
        open(os.devnull, "w", encoding="utf-8") as nothing,
        redirect_stdout(nothing),
        redirect_stderr(nothing),
    ):
        yield


app = typer.Typer(
    name="arxonomy",
    cls=_Commands,
    help="Classifies scientific papers: title and abstract in, category and calibrated probability out.",
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


def _load_command(name: str) -> Any:
    """Import a command's module and build the command with its options, help and examples."""
    from arxonomy.cli.overwriting import SafeCommand

    module = importlib.import_module(f"arxonomy.cli.{name.replace('-', '_')}")
    single = typer.Typer(add_completion=False)
    # Typer keeps the docstring's line breaks, and breaks the examples' lines only where one is blank.
    paragraphs = (inspect.getdoc(module.command) or "").split("\n\n")
    single.command(
        name,
        cls=SafeCommand,
        help="\n\n".join(paragraph.replace("\n", " ") for paragraph in paragraphs),
        epilog=module.EXAMPLES.strip().replace("\n", "\n\n"),
    )(module.command)
    return typer.main.get_command(single)


def main() -> None:
    """Run the command line that this process was started with."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal that cannot show a letter shows a `?`
            stream.reconfigure(errors="replace")
    # A file or a pipe gets what a file of `-o` holds, whatever a system's own encoding and line ends are.
    if hasattr(sys.stdout, "reconfigure") and not sys.stdout.isatty():
        sys.stdout.reconfigure(encoding="utf-8", errors="replace", newline="\n")
    # Nearly every batch has another length, and PyTorch would keep what it compiled for a thousand of them,
    # to no use (`bench/train_memory.py`). It reads these when it is loaded; values that are set are kept.
    for variable in ("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "LRU_CACHE_CAPACITY"):
        os.environ.setdefault(variable, "32")
    # A window of predictions is many objects and no garbage, and Python would look for some after every 700.
    gc.set_threshold(100_000)
    app(prog_name="arxonomy")
