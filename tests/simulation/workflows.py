"""Small random workflows, as documents: chains, diamonds, branches, loops, waits, and nodes that fail."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeAlias

Document: TypeAlias = dict[str, Any]
End: TypeAlias = tuple[str, int]
"""An output that is not connected yet."""

BACKOFFS = ("CONSTANT", "LINEAR", "EXPONENTIAL", "FIBONACCI")
RETRY_ON: tuple[list[str], ...] = (
    [],
    [],
    [],
    ["503", "OUTCOME_UNKNOWN"],
    ["HTTP_ERROR", "NO_ANSWER"],
    ["OUTCOME_UNKNOWN", "SANDBOX_UNAVAILABLE", "TIMEOUT"],
)
FAILURES = ("busy", "slow down", "lost", "no use")
DELAYS_MS = (0, 30, 400, 990, 1_010, 1_500, 4_000)


@dataclass
class Draft:
    """A document under way."""

    random: Random
    nodes: dict[str, Document] = field(default_factory=dict)
    connections: dict[str, dict[str, list[list[Document]]]] = field(default_factory=dict)

    def add(self, kind: str, name: str = "", /, **parameters: Any) -> str:
        name = name or f"{kind}{len(self.nodes)}"
        place = [self.random.randrange(5) * 100, self.random.randrange(5) * 100]
        self.nodes[name] = {
            "id": name,
            "name": name,
            "type": f"sim.{kind}",
            "typeVersion": 1,
            "position": place,
            "parameters": parameters,
        }
        return name

    def wire(self, end: End, target: str, into: int = 0) -> None:
        source, output = end
        outputs = self.connections.setdefault(source, {"main": []})["main"]
        outputs.extend([] for _ in range(output + 1 - len(outputs)))
        outputs[output].append({"node": target, "type": "main", "index": into})

    # ------------------------------------------------------------------------------------------- blocks

    def step(self, end: End) -> End:
        """One node."""
        kind = self.random.choice(("pure", "pure", "slow", "put", "put", "act", "act", "wait", "broken"))
        name = self.add(kind, **self._parameters(kind))
        if kind in ("slow", "put", "act", "broken") and self.random.random() < 0.75:
            self.nodes[name]["recovery"] = self._policy()
        self.wire(end, name)
        return name, 0

    def diamond(self, end: End) -> End:
        """Two ways, met by a node with two inputs."""
        return self._met([self.step(end), self.step(end)])

    def branch(self, end: End) -> End:
        """One of two ways; the node where they meet waits for the other in vain."""
        name = self.add("branch")
        self.wire(end, name)
        return self._met([self.step((name, 0)), self.step((name, 1))])

    def loop(self, end: End) -> End:
        name = self.add("loop", times=self.random.randint(1, 3))
        self.wire(end, name)
        self.wire(self.step((name, 1)), name)
        return name, 0

    def _met(self, ends: list[End]) -> End:
        name = self.add(self.random.choice(("merge", "merge", "join")))
        for into, end in enumerate(ends):
            self.wire(end, name, into)
        return name, 0

    # ------------------------------------------------------------------------------------------- details

    def _parameters(self, kind: str) -> Mapping[str, Any]:
        match kind:
            case "slow":
                return {"value": "={{ $json.v + 1 }}"}
            case "wait":
                return {"delayMs": self.random.choice(DELAYS_MS)}
            case "broken":
                return {"fails": [self.random.choice(FAILURES)]}
            case "put" | "act" if self.random.random() < 0.4:
                return {"fails": self.random.choices(FAILURES[:3], k=self.random.randint(1, 3))}
        return {}

    def _policy(self) -> Document:
        random = self.random
        policy: Document = {"then": random.choice(("FAIL", "SKIP", "SKIP", "FALLBACK"))}
        if policy["then"] == "FALLBACK":
            if random.random() < 0.5:
                policy["fallbackItems"] = [{"v": random.randrange(100)}]
            else:
                policy["fallbackNode"] = self.add("pure")
        if random.random() < 0.8:
            policy["retry"] = {
                "maxAttempts": random.randint(2, 4),
                "backoff": random.choice(BACKOFFS),
                "initialDelayMs": random.choice((0, 20, 300, 900, 1_600)),
                "maxDelayMs": random.choice((1_000, 2_500)),
                "factor": random.choice((1, 2, 3)),
                "jitter": random.choice((0, 0, 0.2, 1)),
                "retryOn": random.choice(RETRY_ON),
            }
        return policy


def workflow(random: Random, name: str) -> Document:
    """A document that the engine accepts, of three to about ten nodes. Its start node bears its name."""
    draft = Draft(random)
    end: End = (draft.add("start", name), 0)
    blocks: list[Callable[[End], End]] = [draft.step, draft.step, draft.step, draft.diamond, draft.branch, draft.loop]
    for _ in range(random.randint(2, 4)):
        end = random.choice(blocks)(end)
    return {
        "name": name,
        "nodes": list(draft.nodes.values()),
        "connections": draft.connections,
        "settings": {
            "executionOrder": random.choice(("v0", "v1", "v1", "v1")),
            "maxNodeRuns": random.choice((8, 60, 60, 60)),
        },
    }
