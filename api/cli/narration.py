"""Events as lines for a person's terminal."""

from __future__ import annotations

from datetime import datetime

from rich.markup import escape

from engine.kernel.events import (
    AnyEvent,
    ChildEnded,
    ChildStarted,
    ExecutionCanceled,
    ExecutionFailed,
    ExecutionQueued,
    ExecutionRecovered,
    ExecutionResumed,
    ExecutionStarted,
    ExecutionSucceeded,
    ExecutionTimedOut,
    ExecutionWaiting,
    NodeFailed,
    NodeRecovered,
    NodeRetryScheduled,
    NodeSkipped,
    NodeStarted,
    NodeSucceeded,
    WorkflowsCalled,
)


def narrate(event: AnyEvent) -> str:
    """One line, in rich's markup."""
    at = datetime.fromtimestamp(event.at_us / 1e6).astimezone().strftime("%H:%M:%S.%f")[:-3]
    return f"[dim]{at}[/dim] {_tell(event)}"


def _tell(event: AnyEvent) -> str:  # noqa: PLR0912  # one line an event: a table, only in words
    match event:
        case ExecutionQueued(start_node=node):
            return f"queued, to start at {escape(node)}"
        case ExecutionStarted():
            return "started"
        case ExecutionRecovered(lost=lost):
            return f"[yellow]taken over[/yellow], {len(lost)} attempts lost"
        case ExecutionWaiting(node=node, until_us=until_us, signal=signal):
            what = f"a signal ({escape(signal)})" if signal else f"until {_instant(until_us)}"
            return f"[yellow]waiting[/yellow] at {escape(node)} for {what}"
        case ExecutionResumed(node=node):
            return f"resumed at {escape(node)}"
        case ExecutionSucceeded():
            return "[bold green]succeeded[/bold green]"
        case ExecutionFailed(error=error):
            return f"[bold red]failed[/bold red]: {escape(error.message)}"
        case ExecutionCanceled():
            return "[bold yellow]canceled[/bold yellow]"
        case ExecutionTimedOut():
            return "[bold red]timed out[/bold red]"
        case NodeStarted(node=node, attempt=attempt):
            again = f" (attempt {attempt})" if attempt > 1 else ""
            return f"[cyan]▶[/cyan] {escape(node)}{again}"
        case NodeSucceeded(node=node, outputs=outputs, duration_us=duration_us):
            counts = " + ".join(str(len(items or ())) for items in outputs)
            return f"[green]✔[/green] {escape(node)}: {counts} items in {duration_us / 1000:.1f} ms"
        case NodeFailed(node=node, error=error):
            return f"[red]✗[/red] {escape(node)}: {escape(error.message)}"
        case NodeRetryScheduled(node=node, delay_us=delay_us):
            return f"[yellow]↻[/yellow] {escape(node)}: again in {delay_us / 1e6:.1f} s"
        case NodeRecovered(node=node, strategy=strategy):
            return f"[yellow]↷[/yellow] {escape(node)}: recovered by {strategy.value.lower()}"
        case NodeSkipped(node=node, reason=reason):
            return f"[dim]»[/dim] {escape(node)}: skipped ({reason})"
        case WorkflowsCalled(node=node, calls=calls):
            return f"[cyan]⇢[/cyan] {escape(node)}: calls {len(calls)} workflow{'s' if len(calls) > 1 else ''}"
        case ChildStarted(node=node, execution=execution):
            return f"[cyan]⇢[/cyan] {escape(node)}: started {execution}"
        case ChildEnded(node=node, error=error):
            return f"[cyan]⇠[/cyan] {escape(node)}: {'answered' if error is None else escape(error.message)}"


def _instant(us: int | None) -> str:
    return "then" if us is None else datetime.fromtimestamp(us / 1e6).astimezone().isoformat(timespec="seconds")
