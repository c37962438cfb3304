"""`arxonomy page`: a folder of static files that classifies in the browser."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from arxonomy.cli.options import ModelOption
from arxonomy.messages import say

EXAMPLES = """
Example: arxonomy page site
Example: arxonomy page site --model my-bundle --runtime onnxruntime-web-1.30.0.tgz
"""


def command(
    out: Annotated[Path, typer.Argument(metavar="FOLDER", show_default=False, help="Folder to write.")],
    model: ModelOption = None,
    runtime: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The npm package onnxruntime-web, for a machine without a network (default: fetched once).",
        ),
    ] = None,
) -> None:
    """Write a page that classifies in the browser, without a server behind it.

    Any server of static files can host the folder, such as GitHub Pages. What people type stays in their
    browsers, which compute the answers: those of `arxonomy classify` and `arxonomy explain`. The model must
    be a bundle of one network. Prints the folder.

    ONNX Runtime for browsers comes from npm's registry, or the one that the environment variable
    npm_config_registry names, and is kept in the user's cache.
    """
    from arxonomy.browser import write_page

    sizes = write_page(out, model, runtime)
    print(out)
    parts = (sizes.runtime, sizes.model, sizes.page)
    say(
        f"size: {sum(parts) / 1e6:.1f} MB (ONNX Runtime {parts[0] / 1e6:.1f}, the model {parts[1] / 1e6:.1f}, the page "
        f"{parts[2] / 1e6:.1f}); {sizes.compressed / 1e6:.1f} MB where the server compresses"
    )
    say(f"hint: see it with `python -m http.server --bind 127.0.0.1 --directory {shlex.quote(str(out))}`")
