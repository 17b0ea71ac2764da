"""`python -m api.cli`: the same as `heddle`."""

from api.cli import main

main()
