"""Planted bugs: each is the kernel with one line gone wrong."""

# ruff: noqa: E501 - a bug a line reads best as a table
from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from textwrap import dedent
from types import FunctionType
from typing import Any

from engine.kernel import frontier, graph, history, lineage, recover, scheduler, state
from engine.kernel.snapshot import State


@dataclass(frozen=True)
class Mutant:
    """`function` with `right` replaced by `wrong` in its source. The laws catch it, unless only the tables can."""

    name: str
    function: Callable[..., Any] | property
    right: str
    wrong: str
    laws: bool = True

    @contextmanager
    def planted(self) -> Iterator[None]:
        """The function misbehaves for everybody who has imported it."""
        function = self.function.fget if isinstance(self.function, property) else self.function
        assert isinstance(function, FunctionType)
        sound, function.__code__ = function.__code__, self._mutated(function).__code__
        try:
            yield
        finally:
            function.__code__ = sound

    def _mutated(self, function: FunctionType) -> FunctionType:
        source = dedent(inspect.getsource(function)).removeprefix("@property\n")
        assert source.count(self.right) == 1, f"{self.name}: {self.right!r} is not (once) in the source any more"
        made: dict[str, Any] = {}
        wrong = f"from __future__ import annotations\n{source.replace(self.right, self.wrong)}"
        exec(compile(wrong, f"<{self.name}>", "exec"), function.__globals__, made)
        mutated = made[function.__name__]
        assert isinstance(mutated, FunctionType)
        return mutated


MUTANTS = (
    # order
    Mutant("siblings run in reverse", frontier.settle, "*reversed(ready)", "*ready"),
    Mutant("v1 sorts bottom up", graph._routes, "reverse=True", "reverse=False"),
    Mutant("v1 sorts by x before y", graph._routes, "position[::-1]", "position"),
    Mutant("v1 runs level by level", frontier.settle, "(*reversed(ready), *frontier.stack)", "(*frontier.stack, *ready)"),
    Mutant("v0 drops empty outputs", frontier._arrives, "return legacy and route.input > 0 and bool(outputs)", "return False"),
    Mutant("v0 lets empty outputs in everywhere", frontier._arrives, "route.input > 0", "True"),
    Mutant("v0 pulls nothing in", frontier.settle, "_pull(graph, after, route, arrival, ran)", "after"),
    Mutant("v0 pulls in what is coming anyway", frontier._unreached, "name in stacked for name in above", "False for name in above", laws=False),
    Mutant("v0 pulls in triggers", frontier._unreached, " and not graph.shapes[node].trigger", ""),
    Mutant("v0 pulls in the nearest node", frontier._unreached, "if not above:", "if True:"),
    Mutant("a forced item has no cause", frontier._pull, "cause=arrival", "cause=None"),
    Mutant("a started entry stays on the stack", frontier.Frontier.taken, "self.stack[index + 1 :]", "self.stack[index:]"),
    Mutant("the last node's successors run too", graph._leading_to, " and wire.source != until", ""),
    # slots
    Mutant("an arrival overwrites another", frontier._fill, "if slot[route.input] is not None:", "if False:"),
    Mutant("every arrival opens a slot", frontier._fill, "if slot[route.input] is not None:", "if True:"),
    Mutant("a complete slot takes the others along", frontier._fill, "slots[:index] + slots[index + 1 :]), filled", "()), filled"),
    Mutant("a released slot takes the others along", frontier.release, "slots[1:]", "()"),
    Mutant("a released slot stays", frontier.release, "slots[1:]", "slots"),
    Mutant("the newest slot is released first", frontier.release, "Ready(node, slots[0])", "Ready(node, slots[-1])"),
    Mutant("nothing is released", state._settled, "frontier=release(graph, frontier)", "frontier=frontier"),
    Mutant("release ignores waiting ancestors", frontier.release, "graph.ancestors[node].isdisjoint(frontier.waiting)", "True"),
    Mutant("release ignores what is required", frontier._may_go, "index in required or ()", "index in ()"),
    Mutant("release ignores how many are required", frontier._may_go, ">= required", ">= 1"),
    Mutant("release does not mind that all are required", frontier._may_go, "isinstance(required, str)", "False"),
    Mutant("v0 releases without the first input", frontier._may_go, "return slot[0] is not None", "return True"),
    # the end, and the budget
    Mutant("one run above the budget", scheduler._begin, "index >= graph.budget", "index > graph.budget"),
    Mutant("no budget", scheduler._begin, "index >= graph.budget", "False"),
    Mutant("commands after the end", scheduler.decide, "if state.finished:", "if False:"),
    Mutant("a canceled attempt goes on", scheduler.decide, "StopNode(node, run, attempt) for node, run, attempt in state.running", "()"),
    Mutant("a late success overwrites a cancellation", state.evolve, "if state.finished:", "if False:"),
    Mutant("a canceled run looks as if it ran", state._ended, "status=RunStatus.CANCELED", "status=RunStatus.RUNNING"),
    Mutant("a failure is not the last node", state._failed, ", last_node=event.node", ""),
    # recovery
    Mutant("one attempt too many", recover.recover, "attempt < policy.retry.max_attempts", "attempt <= policy.retry.max_attempts"),
    Mutant("no retry", recover.recover, "policy.retry is not None", "False"),
    Mutant("permanent failures are retried", recover.worth_retrying, "if failure.permanent:", "if False:"),
    Mutant("any failure is retried", recover.worth_retrying, "not retry.retry_on.isdisjoint(known_as)", "True"),
    Mutant("attempts do not climb", state._retry_scheduled, "event.attempt + 1", "event.attempt"),
    Mutant("backoff is ignored", scheduler._go_on, "if activity.due_us > now_us:", "if False:"),
    Mutant("Retry-After is ignored", recover.delay_before_next, "failure.retry_after_ms or 0", "0", laws=False),
    Mutant("delays have no ceiling", recover.delay_before_next, "min(retry.initial_delay_ms * _growth(retry, attempt), retry.max_delay_ms)", "retry.initial_delay_ms * _growth(retry, attempt)", laws=False),
    Mutant("all executions jitter alike", recover._roll, "{salt}/", "", laws=False),
    Mutant("a retry begins a new run", scheduler._again, "before.execution_index", "state.next_index"),
    Mutant("a mended failure is forgotten", state._successful, "if run.error is not None:", "if False:"),
    Mutant("a skip passes the last input", state._passed_through, "state.items(inputs[:1])", "state.items(inputs[-1:])"),
    Mutant("a fallback node is given the last input", state._recovered, "run.inputs[0]", "run.inputs[-1]"),
    Mutant("a fallback is not scheduled", state._recovered, "if event.fallback_node is not None:", "if False:"),
    # crashes and waits
    Mutant("a lost attempt stays lost", state._taken_over, "Lost(lost.node, lost.run, lost.attempt)", "before"),
    Mutant("a lost attempt counts as another", state._taken_over, "lost.attempt))", "lost.attempt + 1))"),
    Mutant("a wait for a signal is over at once", scheduler._waited, "if wait.until_us is None:\n        return\n    if wait.until_us > now_us:", "if (wait.until_us or 0) > now_us:"),
    Mutant("a wait is over early", scheduler._waited, "wait.until_us > now_us", "False"),
    Mutant("a signal's items are dropped", state._resumed, "event.items is None", "True"),
    Mutant("running attempts are not known", State.running, "isinstance(each, Running)", "False"),
    # items and runs
    Mutant("an absent output is the first one", State._sent, "if source.output < len(outputs) else None", "if source.output < len(outputs) else outputs[0]", laws=False),
    Mutant("leaving items lose their lineage", lineage._from, "item.paired is not None", "False", laws=False),
    Mutant("leaving items are paired in any case", lineage.leaving, "len(outputs[0]) == count", "True", laws=False),
    Mutant("a long loop forgets its runs", history.Runs.with_run, "Runs((*self._full, tail), ())", "Runs((tail,), ())", laws=False),
)  # fmt: skip
