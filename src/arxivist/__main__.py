"""`python -m arxivist` is the command `arxivist`."""

from arxivist.cli import main

main()
