"""What the site is built from: the Markdown of the repository, with the reference of commands and Python.

    python experiments/website.py && zensical build --clean --strict      # as `make site` does

Pages keep their places (`docs/daily.md` links to `../README.md`), so that a link works on the site as it does in the
repository. A link to a file that is no page, such as a program, goes to the repository's address.
"""

from __future__ import annotations

import os
import re
import shutil
import tomllib
from pathlib import Path
from typing import Any

import typer.cli
from tables import ROOT
from typer import Context

import arxonomy
from arxonomy.cli import COMMANDS, _load_command

PAGES = ("*.md", "docs/**/*.md")
PICTURES = ("docs/**/*.png", "docs/**/*.svg")
SOURCE = ROOT / "build" / "site"
"""Where the pages are gathered; `zensical.toml` names it too."""

_COMMENT = re.compile(r"^<!--.*?-->\n?", re.DOTALL | re.MULTILINE)  # what generates a part of a page
_LINK = re.compile(r"(?<=\[)([^][]*)\]\((?![a-z]+:|#)([^)#\s]+)(#[^)\s]*)?(?=\))")
_FENCE = re.compile(r"(^```.*?^```$)", re.DOTALL | re.MULTILINE)

# Imported from `arxonomy`, and what the guides use beside it.
_MODULES = {
    "arxonomy.feed": ("Wish", "read_candidates", "read_likes", "make_feed"),
    "arxonomy.harvest": (
        "Client", "harvest_announcement", "harvest_range", "harvest_ids", "harvest_query", "fetch_record",
    ),
    "arxonomy.records": ("Paper", "Prediction"),
}  # fmt: skip


def gather_pages(target: Path = SOURCE) -> None:
    """Write all that the site is built from.

    Args:
        target: Folder to write; what it held before is removed.

    Raises:
        FileNotFoundError: If a page links to a file that the repository lacks.
    """
    shutil.rmtree(target, ignore_errors=True)
    for picture in list_files(PICTURES):
        copy = target / picture
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / picture, copy)
    for page in list_files(PAGES):
        text = (ROOT / page).read_text(encoding="utf-8")
        (target / page).parent.mkdir(parents=True, exist_ok=True)
        (target / page).write_text(point_to_repository(text, page), encoding="utf-8")
    (target / "reference").mkdir()
    (target / "reference" / "commands.md").write_text(describe_commands(), encoding="utf-8")
    (target / "reference" / "python.md").write_text(list_python(), encoding="utf-8")


def list_files(patterns: tuple[str, ...]) -> list[Path]:
    """The repository's files of these patterns, relative to its root."""
    return sorted(file.relative_to(ROOT) for pattern in patterns for file in ROOT.glob(pattern))


def point_to_repository(text: str, page: Path) -> str:
    """Let links to files that are not on the site point to the repository; leave out comments.

    Args:
        text: A page as Markdown.
        page: Its path in the repository.
    """
    on_site = {*list_files(PAGES), *list_files(PICTURES)}

    def point(match: re.Match[str]) -> str:
        text, link, anchor = match.groups("")
        path = Path(os.path.normpath(page.parent / link))
        if path in on_site:
            return f"{read_title(path) if text in (link, str(path)) else text}]({link}{anchor}"
        if not (ROOT / path).exists():
            raise FileNotFoundError(f"{page} links to {link}, which is no file of the repository")
        kind = "tree" if (ROOT / path).is_dir() else "blob"
        return f"{text}]({read_address()}/{kind}/main/{path}{anchor}"

    parts = _FENCE.split(_COMMENT.sub("", text))
    parts[::2] = [_LINK.sub(point, part) for part in parts[::2]]  # the others are code
    return "".join(parts)


def read_title(page: Path) -> str:
    """The first heading of a page, which says more than the name of its file."""
    return (ROOT / page).read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")


def read_address() -> str:
    """The repository's address, from pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["urls"]["Source"])


def describe_commands() -> str:
    """Every command with its arguments and options, from its own help."""
    parts = ["# Commands\n\nWhat `arxonomy COMMAND --help` says, of every command.\n"]
    for name in COMMANDS:
        command: Any = _load_command(name)
        examples = "\n".join(re.findall(r"Example: (.*)", command.epilog or ""))
        command.epilog = f"```\n{examples}\n```" if examples else None
        context = Context(command, info_name=f"arxonomy {name}")
        page = typer.cli.get_docs_for_click(obj=command, ctx=context, indent=1, name=f"arxonomy {name}")
        parts.append(page.replace("  [env var", " [env var").replace("**Usage**:\n\n```console\n$ ", "```\n"))
    return "\n".join(parts)


def list_python() -> str:
    """Where the docstrings of the public API are to be put."""
    parts = [
        "# Python\n\n`import arxonomy` costs milliseconds; what a name needs is imported when it is used.\n"
    ]
    own = [name for name in arxonomy.__all__ if name != "__version__"]
    for module, names in {"arxonomy": own, **_MODULES}.items():
        parts.append(f"\n## `{module}`\n")
        parts += [f"\n::: {module}.{name}\n" for name in names]
    return "".join(parts)


if __name__ == "__main__":
    gather_pages()
