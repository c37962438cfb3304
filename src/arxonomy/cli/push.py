"""`arxonomy push`: a bundle in, a commit on the Hugging Face Hub out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from arxonomy.messages import say

EXAMPLES = """
Example: arxonomy push my-bundle my-name/my-model
Example: arxonomy push my-bundle my-name/my-model --public
"""


def command(
    bundle: Annotated[
        Path, typer.Argument(metavar="BUNDLE", show_default=False, help="Bundle, as export writes it.")
    ],
    repository: Annotated[
        str,
        typer.Argument(
            metavar="OWNER/NAME", show_default=False, help="Model repository; made where there is none."
        ),
    ],
    public: Annotated[
        bool, typer.Option("--public", help="Let everybody read it; without, only its owners can.")
    ] = False,
) -> None:
    """Upload a bundle to the Hugging Face Hub, where it can be named by its commit.

    The upload is one commit. Prints the name by which every command and Python load exactly this model:
    hf://OWNER/NAME@COMMIT. It needs the extra hub, and a token that may write, in HF_TOKEN or by
    `hf auth login`.
    """
    from arxonomy.artifacts.hub import push_bundle

    pushed = push_bundle(bundle, repository, public=public)
    print(pushed.name)
    readers = "only its owners can read it" if pushed.private else "everybody can read it"
    say(readers, f"hint: try it with `arxonomy classify FILE --model {pushed.name}`")
