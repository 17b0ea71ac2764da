"""What a retry takes over: for each node of the earlier execution a verdict, and its reason."""

from __future__ import annotations

import strawberry

from engine.kernel.events import Decision, Reason, Retried, Verdict

strawberry.enum(
    Reason,
    name="RetryReason",
    description=(
        "FINISHED: nothing that it depends on runs again. FAILED, UNFINISHED: so its run stood. NAMED: by the request. "
        "LOOP_HEAD: it begins the loop of a node that runs again. CHANGED: it, or what leads to it, is not the same in "
        "this version. DOWNSTREAM: of what runs again. REMOVED: it is not in this version."
    ),
)


@strawberry.type(description="A node of the earlier execution.")
class PlannedNode:
    node: str = strawberry.field(description="Its name.")
    runs: int = strawberry.field(description="How often it had run.")
    reason: Reason = strawberry.field(description="Why this becomes of its runs.")

    @classmethod
    def of(cls, decision: Decision) -> PlannedNode:
        return cls(node=decision.node, runs=decision.runs, reason=decision.reason)


@strawberry.type(description="What becomes of the node runs of the execution that is tried again.")
class RetryPlan:
    from_node: str | None = strawberry.field(description="The node that begins again first.")
    reused: list[PlannedNode] = strawberry.field(description="Taken over: they do not run again.")
    rerun: list[PlannedNode] = strawberry.field(description="They run again, with what they were given.")
    invalidated: list[PlannedNode] = strawberry.field(description="Dropped: they run again when they are reached.")

    @classmethod
    def of(cls, taken: Retried) -> RetryPlan:
        def these(verdict: Verdict) -> list[PlannedNode]:
            return [PlannedNode.of(each) for each in taken.plan if each.verdict is verdict]

        return cls(
            from_node=taken.from_node,
            reused=these(Verdict.REUSED),
            rerun=these(Verdict.RERUN),
            invalidated=these(Verdict.INVALIDATED),
        )
