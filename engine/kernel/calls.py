"""A node run that has other workflows run for it: what is asked for next, and what the answers together come to."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from plugins.errors import Failure
from plugins.items import Item, Items, Link, Outputs
from plugins.outcomes import CallWorkflow
from plugins.running import link_to


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """How one call ended: with the outputs of the other workflow's last node, or with a failure.

    `execution` is None when none could be started. A call that nobody waits for has neither outputs nor error.
    """

    execution: str | None
    outputs: Outputs | None = None
    error: Failure | None = None


class Calling(msgspec.Struct, frozen=True):
    """A node run whose calls are made one after another. `child` is the execution under way."""

    node: str
    run: int
    attempt: int
    calls: tuple[CallWorkflow, ...]
    wait: bool
    keep_going: bool
    child: str | None = None
    answers: tuple[Answer, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether nothing is left to ask for: every call was answered, or one failed and that is the end of it."""
        return len(self.answers) == len(self.calls) or (not self.keep_going and self.failed is not None)

    @property
    def failed(self) -> int | None:
        """The first call that failed."""
        return next((index for index, answer in enumerate(self.answers) if answer.error is not None), None)

    def started(self, execution: str) -> Calling:
        """With the next call's execution under way; one that nobody waits for counts as answered."""
        if self.wait:
            return replace(self, child=execution)
        return self.answered(Answer(execution))

    def answered(self, answer: Answer) -> Calling:
        return replace(self, child=None, answers=(*self.answers, answer))


def combined(calling: Calling, inputs: Sequence[Items | None]) -> Outputs | Failure:
    """What the answers together come to. `inputs` are what the node was given."""
    failed = calling.failed
    if failed is not None and not calling.keep_going:
        return _failure(calling, failed)
    given = (inputs[0] if inputs else None) or []
    if not calling.wait and failed is None:
        return [given]
    outputs: list[Items | None] = []
    for call, answer in zip(calling.calls, calling.answers, strict=True):
        if answer.error is not None:
            error = Item({"error": answer.error.message}, _origin(call, len(given)))
            _put(outputs, call.error_output, [error])
        for number, items in enumerate(answer.outputs or ()):
            _put(outputs, number, _paired(items or [], call, len(given)))
    return outputs or [[]]


def _failure(calling: Calling, failed: int) -> Failure:
    call, error = calling.calls[failed], calling.answers[failed].error
    assert error is not None
    if call.position is None:
        return error
    return replace(
        error,
        message=f"Error executing workflow with item at index {call.position}",
        description=error.message,
        item_index=call.position,
        name="NodeOperationError",
    )


def _put(outputs: list[Items | None], number: int, items: Items) -> None:
    """Add to an output. Those before it that nothing has reached are null, as in n8n."""
    outputs.extend([None] * (number + 1 - len(outputs)))
    outputs[number] = [*(outputs[number] or ()), *items]


def _paired(items: Items, call: CallWorkflow, count: int) -> Items:
    """A call for one item answers for that item. Else lineage stays as the other workflow's last node has it, which
    n8n takes at its word; what has none goes item by item, or comes from all."""
    if call.position is not None:
        link = link_to(call.position)
        return [item.paired_with(link) for item in items]
    one_by_one = len(items) == count
    return [
        item if item.paired is not None else item.paired_with(link_to(place) if one_by_one else _origin(call, count))
        for place, item in enumerate(items)
    ]


def _origin(call: CallWorkflow, count: int) -> Link | list[int | Link]:
    return link_to(call.position) if call.position is not None else [link_to(place) for place in range(count)]
