"""`python -m arxonomy` is the command `arxonomy`."""

from arxonomy.cli import main

main()
