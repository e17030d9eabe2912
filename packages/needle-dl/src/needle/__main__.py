"""`python -m needle` is the `needle` command."""

from .cli import main

main(prog_name="needle")
