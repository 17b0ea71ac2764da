"""`heddle run FILE`: execute a workflow file and show what each node does, as it happens."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console

from api import telemetry
from api.cli.files import UNUSABLE, read_json
from api.cli.narration import narrate
from api.settings import Settings
from engine.egress.addresses import EgressPolicy
from engine.kernel.events import ExecutionMode
from engine.ports import Recorded
from engine.runtime import lifecycle
from engine.runtime.engine import Engine, EngineSettings
from engine.runtime.lifecycle import NewWorkflow, Saved
from engine.runtime.rundata import refused, run_data
from engine.runtime.submission import BadInput, Invalid, Start, Submitted
from engine.store.tenancy import Store
from plugins.items import Json

LOCAL_ACTOR = "SYSTEM:cli"


def run(  # noqa: PLR0917  # typer reads options from parameters
    file: Annotated[Path, typer.Argument(help="A workflow in n8n's format.")],
    input: Annotated[str | None, typer.Option(help="JSON for the trigger: an object or a list of them.")] = None,
    start: Annotated[str | None, typer.Option(help="Start at this node instead of the trigger.")] = None,
    until: Annotated[str | None, typer.Option(help="Stop after this node.")] = None,
    manual: Annotated[bool, typer.Option(help="A test run: pin data in the file is used.")] = False,
    json: Annotated[bool, typer.Option(help="Print one JSON object: status, error, order, runs.")] = False,
    allow_private: Annotated[
        list[str] | None, typer.Option(help="Let nodes reach this private network, e.g. 127.0.0.0/8.")
    ] = None,
) -> None:
    """Execute a workflow file in this process, on a database of its own that is gone afterwards.

    Exit status 0 when it succeeded, 1 when it failed, 2 when it could not be started.
    """
    telemetry.quiet()
    document = read_json(file)
    mode = ExecutionMode.TEST if manual else ExecutionMode.MANUAL
    others: list[Json] = []
    if isinstance(document, dict) and isinstance(document.get("workflow"), dict):
        # A run file: the workflow with the mode it is to be run in, and the workflows that it calls.
        mode = ExecutionMode.TEST if document.get("mode") == "manual" else mode
        others = document.get("subWorkflows") or []
        document = document["workflow"]
    wish = Start(document=document, input=parse(input), start_node=start, until_node=until, mode=mode)
    egress = EgressPolicy.of(allow_private or ())
    outcome = asyncio.run(_execute(wish, others, egress, console=None if json else Console()))
    if json:
        typer.echo(orjson.dumps(outcome))
    raise typer.Exit(UNUSABLE if outcome.get("preExecution") else 0 if outcome["status"] == "success" else 1)


def parse(text: str | None) -> Json:
    if text is None:
        return None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        typer.echo(f"heddle: --input is not JSON: {error}", err=True)
        raise typer.Exit(UNUSABLE) from None


async def _execute(wish: Start, others: list[Json], egress: EgressPolicy, *, console: Console | None) -> dict[str, Any]:
    async with local_engine(egress) as (engine, tenant):
        store = engine.store(tenant)
        for document in others:
            await _save(engine, store, document)
        answer = await engine.submit(store, wish, actor=LOCAL_ACTOR)
        match answer:
            case Submitted(execution=execution):
                async for batch in engine.tail(store, execution.id):
                    for each in batch.events:
                        if console is not None and isinstance(each, Recorded):
                            console.print(narrate(each.event))
                return run_data(await engine.history(store, execution))
            case Invalid(report):
                if console is not None:
                    for issue in report.errors:
                        console.print(f"[red]✗[/red] {issue.code} {issue.pointer}: {issue.message}")
                return refused(report, wish.document)
            case BadInput(message):
                typer.echo(f"heddle: {message}", err=True)
            case _:
                typer.echo(f"heddle: not started: {answer}", err=True)
    raise typer.Exit(UNUSABLE)


async def _save(engine: Engine, store: Store, document: Json) -> None:
    """Make a workflow that can be called, under the id that its document names."""
    saved = await lifecycle.create(engine, store, NewWorkflow(document, publish=True), actor=LOCAL_ACTOR)
    if not isinstance(saved, Saved):
        typer.echo(f"heddle: a workflow that is called cannot be saved: {saved}", err=True)
        raise typer.Exit(UNUSABLE)


@asynccontextmanager
async def local_engine(egress: EgressPolicy) -> AsyncIterator[tuple[Engine, str]]:
    """An engine on a database that lasts as long as the block, with one tenant."""
    with tempfile.TemporaryDirectory(prefix="heddle-") as folder:
        settings = EngineSettings(f"sqlite:///{folder}/run.sqlite3", egress=egress, plugins=Settings().plugins())
        async with Engine(settings) as engine:
            tenant = await engine.access.create_tenant("local")
            yield engine, tenant.id
