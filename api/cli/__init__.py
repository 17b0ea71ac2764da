"""`heddle` on the command line."""

from __future__ import annotations

import typer

from api.cli.keys import key_app, tenant_app
from api.cli.migrate import migrate
from api.cli.run import run
from api.cli.serve import serve
from api.cli.validate import validate

app = typer.Typer(
    name="heddle",
    help="A workflow server: n8n-format workflows in, GraphQL out, durable by default.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command()(serve)
app.command()(migrate)
app.command()(run)
app.command()(validate)
app.add_typer(tenant_app, name="tenant")
app.add_typer(key_app, name="key")


def main() -> None:
    app()
