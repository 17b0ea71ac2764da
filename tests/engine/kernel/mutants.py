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

from engine.kernel import frontier, graph, history, lineage, precedence, recover, scheduler, state
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
    Mutant("nothing is released", state._settled, "release(graph, frontier, candidates)", "frontier"),
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
    Mutant("backoff is ignored", scheduler._go_on, "case Delayed(due_us=due_us):\n            if due_us > now_us:", "case Delayed(due_us=due_us):\n            if False:"),
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
    Mutant("a wait for a signal is over at once", scheduler._waited, "if wait.until_us is None:\n        return None\n    if wait.until_us > now_us:", "if (wait.until_us or 0) > now_us:"),
    Mutant("a wait is over early", scheduler._waited, "wait.until_us > now_us", "False"),
    Mutant("a signal's items are dropped", state._resumed, "event.items is None", "True"),
    Mutant("running attempts are not known", State.running, "isinstance(each, Running)", "False"),
    # order "parallel"
    Mutant("one by one in order parallel", scheduler._abreast, "len(starts) >= room", "starts"),
    Mutant("no limit to what runs at once", scheduler._abreast, "if len(starts) >= room:", "if False:"),
    Mutant("lost attempts know no limit", scheduler._abreast, "again[:room]", "again", laws=False),
    Mutant("a node runs beside itself", scheduler._abreast, "if ready.node in busy:", "if False:"),
    Mutant("two begin as the same node run", scheduler._abreast, "busy.add(ready.node)", "pass"),
    Mutant("two begin at the same place", scheduler._abreast, "index += 1", "pass"),
    Mutant("a start and a decision at once", scheduler._abreast, "return tuple(starts) or (command,)", "return (*starts, command)", laws=False),
    Mutant("parallel ends with what is left to run", scheduler._abreast, "if not state.active and not state.frontier.stack:", "if not state.active:"),
    Mutant("parallel ends while something runs", scheduler._abreast, "if not state.active and not state.frontier.stack:", "if not state.frontier.stack:"),
    Mutant("the last node is whichever ended last", scheduler._abreast, "last(graph, state.runs)", "state.last_node"),
    Mutant("the place of siblings is turned round", precedence._Tree.arrivals, "len(routes) - number", "number"),
    Mutant("a run stands below the first of its inputs", precedence._Tree._place, "max(", "min("),
    Mutant("a run stands before what made it ready", precedence._compared, "one.depth - other.depth", "other.depth - one.depth"),
    Mutant("released in the order of arrival", state._settled, "if graph.parallel", "if False", laws=False),
    Mutant("released while something runs", state._settled, "all(isinstance(each, Mended) for each in state.active)", "True"),
    Mutant("it waits while something runs", state._under_way, "waits and idle", "waits"),
    # time limits
    Mutant("an attempt may take for ever", scheduler._go_on, "WakeAt(due_us) if due_us > now_us else _timed_out(graph, activity, now_us)", "WakeAt(due_us)"),
    Mutant("an attempt is given up at once", scheduler._go_on, "WakeAt(due_us) if due_us > now_us else", "WakeAt(due_us) if False else"),
    Mutant("nobody wakes when an attempt is due", scheduler._go_on, "WakeAt(due_us) if due_us > now_us else", "None if due_us > now_us else"),
    Mutant("an attempt is given up and not stopped", scheduler._timed_out, "StopNode(attempt.node, attempt.run, attempt.attempt), Record(failed)", "(Record(failed),)"),
    Mutant("seconds for milliseconds", state._now_running, "* 1000", "* 1_000_000", laws=False),
    Mutant("an execution may take for ever", scheduler.decide, "state.deadline_us is not None and state.deadline_us <= now_us", "False"),
    Mutant("nobody wakes at the deadline", scheduler.decide, "[] if state.deadline_us is None else [state.deadline_us]", "[]"),
    Mutant("it wakes for the last reason", scheduler._at_the_first_of, "min(instants)", "max(instants)"),
    Mutant("every start puts the deadline off", state._begun, "deadline_us is None and graph.timeout_us is not None", "graph.timeout_us is not None", laws=False),
    Mutant("a signal's key is forgotten", state._resumed, "if event.key is not None:", "if False:", laws=False),
    # items and runs
    Mutant("an absent output is the first one", State._sent, "if source.output < len(outputs) else None", "if source.output < len(outputs) else outputs[0]", laws=False),
    Mutant("leaving items lose their lineage", lineage._from, "item.paired is not None", "False", laws=False),
    Mutant("leaving items are paired in any case", lineage.leaving, "len(outputs[0]) == count", "True", laws=False),
    Mutant("a long loop forgets its runs", history.Runs.with_run, "Runs((*self._full, tail), ())", "Runs((tail,), ())", laws=False),
)  # fmt: skip
