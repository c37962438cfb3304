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
    megabytes = [size / 1e6 for size in (sizes.runtime, sizes.model, sizes.page)]
    runtime_size, model_size, page_size = megabytes
    say(
        f"size: {sum(megabytes):.1f} MB: {runtime_size:.1f} of ONNX Runtime, {model_size:.1f} of the model, "
        f"{page_size:.1f} of the page"
    )
    say(f"hint: see it with `python -m http.server -b 127.0.0.1 -d {shlex.quote(str(out))}`")
