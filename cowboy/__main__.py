"""`python -m cowboy`: the same as the `cowboy` command."""

from cowboy.cli import main

main(prog_name="cowboy")
