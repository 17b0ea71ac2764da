"""What will happen in a run, as far as it is settled beforehand: workflows, submissions, troubles, and faults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from engine.runtime import live, log, worker
from engine.runtime.submission import Start
from engine.store import journal
from engine.store.sqlite import group
from tests.simulation.disk import Faults
from tests.simulation.workflows import Document, workflow

KNOBS: Mapping[tuple[Any, str], tuple[Any, ...]] = {
    (journal, "MAX_ENTRIES"): (1_000, 1, 3),
    (group, "LOOP_BYTES"): (256 * 1024, -1),
    (live, "BUFFER"): (1_000, 2, 6),
    (live, "BATCH"): (100, 1, 3),
    (log, "AHEAD_EVENTS"): (64, 1, 4),
    (log, "AHEAD_US"): (5_000, 0, 200),
    (worker, "PAGE"): (1_000, 2, 5),
}
"""Settings that change how often something happens, never what is promised. At their extremes the rare is common."""

MOODS = ("calm", "failing", "crashing", "crashing", "crashing", "crowded", "crowded")
TROUBLES = {
    "calm": (),
    "failing": (),
    "crashing": ("crash", "crash", "crash", "power cut", "restart", "hold"),
    "crowded": ("crash", "crash", "hold", "hold", "usurper", "restart"),
}


@dataclass(frozen=True)
class Trouble:
    """Something that befalls a process, so many steps after the one before."""

    kind: str
    after_steps: int
    for_s: float = 0.0


@dataclass(frozen=True)
class Submission:
    name: str
    start: Start
    after_s: float
    watchers: int
    impatient: bool

    def hang_up_s(self, random: Random) -> float | None:
        """When the client closes the connection, whatever the answer."""
        return random.expovariate(200) if self.impatient and random.random() < 0.5 else None


@dataclass(frozen=True)
class Plan:
    seed: int
    mood: str
    documents: Mapping[str, Document]
    """By the name of their start node."""
    submissions: list[Submission]
    troubles: list[Trouble]
    knobs: Mapping[tuple[Any, str], Any]
    capacity: int
    disorder: float
    rate: float
    """How often a call to the store fails."""
    patience_s: float
    """The longest that the world outside takes to answer."""

    @classmethod
    def of(cls, seed: int) -> Plan:
        random = Random(seed)
        mood = random.choice(MOODS)
        documents = {name: workflow(random, name) for name in ("Alpha", "Beta")[: random.randint(1, 2)]}
        return cls(
            seed=seed,
            mood=mood,
            documents=documents,
            submissions=[_submission(random, f"s{n}", documents) for n in range(random.randint(1, 4))],
            troubles=_troubles(random, mood),
            knobs={knob: random.choice(choices) for knob, choices in KNOBS.items() if random.random() < 0.5},
            capacity=random.choice((1, 2, 256, 256)),
            disorder=random.choice((0.0, 0.05, 0.3)),
            rate=0.0 if mood == "calm" else random.choice((0.0, 0.05, 0.05, 0.15)),
            patience_s=random.choice((0.5, 2.0, 50.0)),
        )

    def faults(self, random: Random) -> Faults:
        return Faults(
            random=random,
            busy=self.rate,
            lost=self.rate,
            unacknowledged=self.rate,
            broken=self.rate / 20,
            unread=self.rate,
            delay_s=0.002,
            stalls=0.0 if self.mood == "calm" else 0.02,
        )


def _submission(random: Random, name: str, documents: Mapping[str, Document]) -> Submission:
    start = Start(
        document=documents[random.choice(list(documents))],
        input=[{"v": random.randrange(1_000), "by": name} for _ in range(random.randint(1, 3))],
        idempotency_key=name if random.random() < 0.8 else None,
        priority=random.choice((0, 0, 5)),
    )
    return Submission(
        name=name,
        start=start,
        after_s=random.choice((0.0, random.random() * 0.2, random.random() * 3)),
        watchers=random.choice((0, 1, 1, 2)),
        impatient=start.idempotency_key is not None and random.random() < 0.2,
    )


def _troubles(random: Random, mood: str) -> list[Trouble]:
    kinds = TROUBLES[mood]
    if not kinds:
        return []
    first = [Trouble("second", random.randint(1, 100))] if mood == "crowded" else []
    return first + [_trouble(random, random.choice(kinds)) for _ in range(random.randint(1, 4))]


def _trouble(random: Random, kind: str) -> Trouble:
    after = random.choice((random.randint(1, 60), random.randint(20, 300), random.randint(50, 1_000)))
    for_s = random.choice((0.0, random.random(), random.random() * 3))
    if kind == "hold":
        for_s = random.choice((random.random(), 31 + 20 * random.random()))
    return Trouble(kind, after, for_s)
