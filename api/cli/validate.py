"""`heddle validate FILE`: every problem of a workflow file at once."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table

from api import telemetry
from api.cli.files import read_json
from api.settings import Settings
from engine.definition.validation import Report, Stage
from engine.definition.validation import validate as check
from engine.expressions.sandbox import V8Sandbox
from engine.runtime.definitions import TenantSyntax
from plugins.initialization import Plugins
from plugins.items import Json


def validate(
    file: Annotated[Path, typer.Argument(help="A workflow in n8n's format.")],
    publish: Annotated[bool, typer.Option(help="Check what publishing checks, not only what saving does.")] = False,
    strict_dag: Annotated[bool, typer.Option(help="Take cycles for errors.")] = False,
    json: Annotated[bool, typer.Option(help="Print one JSON object.")] = False,
) -> None:
    """Check a workflow file. Exit status 1 when it has errors."""
    telemetry.quiet()
    stage = Stage.PUBLISH if publish else Stage.SAVE
    report = asyncio.run(_report(read_json(file), stage, strict_dag=strict_dag))
    if json:
        typer.echo(orjson.dumps(report_json(report), option=orjson.OPT_INDENT_2))
    else:
        _print(report)
    raise typer.Exit(1 if report.errors else 0)


async def _report(document: Json, stage: Stage, *, strict_dag: bool) -> Report:
    async with Plugins(Settings().plugins()) as plugins, V8Sandbox() as sandbox:
        return await check(
            document, plugins.registry, stage=stage, strict_dag=strict_dag, syntax=TenantSyntax(sandbox, "local")
        )


def report_json(report: Report) -> dict[str, Json]:
    """`{valid, errors, warnings}`, as the API answers it."""
    rows = {
        name: [
            {"code": str(i.code), "message": i.message, "pointer": i.pointer, "node": i.node, "fix": i.fix}
            for i in issues
        ]
        for name, issues in (("errors", report.errors), ("warnings", report.warnings))
    }
    return {"valid": not report.errors, **rows}


def _print(report: Report) -> None:
    console = Console()
    if not report.errors and not report.warnings:
        console.print("[green]valid[/green]")
        return
    table = Table("", "code", "where", "what", "fix")
    for mark, issues in (("[red]error[/red]", report.errors), ("[yellow]warning[/yellow]", report.warnings)):
        for issue in issues:
            table.add_row(mark, str(issue.code), issue.node or issue.pointer, issue.message, issue.fix or "")
    console.print(table)
