"""``python -m flows``: the command line where the ``entrepot`` script is not installed."""

from flows.cli import main

main()
