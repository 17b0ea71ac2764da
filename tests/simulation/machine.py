"""Where simulated processes run: one disk, a supervisor who brings them up, and whatever befalls them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from engine.ports import Recorded, StoreUnavailable
from tests.simulation.ledger import Broken
from tests.simulation.plan import Trouble
from tests.simulation.process import Disconnected, Process, Surroundings


class Machine:
    def __init__(self, around: Surroundings) -> None:
        self.processes: list[Process] = []
        self._around = around
        self._loop = around.loop
        self._note = around.oracle.note
        self._changed = asyncio.Event()
        """Some process has begun to serve."""

    def alive(self) -> list[Process]:
        return [process for process in self.processes if not process.buried]

    def serving(self) -> list[Process]:
        return [process for process in self.alive() if process.serving]

    def boot(self, *, alone: bool) -> None:
        self._loop.create_task(self.bring_up(alone=alone))

    async def bring_up(self, *, alone: bool) -> None:
        """What a supervisor does: a process that does not come up is ended, and another one is started."""
        process = await self.make(alone=alone)
        try:
            await process.ask(lambda: process.boot(alone=alone))
            self._note("serves", process.name)
            self._changed.set()
        except Disconnected:
            return
        except StoreUnavailable:
            self._loop.interrupt(0, lambda: self.kill(process))
            await asyncio.sleep(0.5)
            self.boot(alone=alone)

    async def make(self, *, alone: bool) -> Process:
        while self._around.disk.written_by_another(None):  # noqa: ASYNC110 - in virtual time a look costs nothing
            await asyncio.sleep(0.001)
        process = Process(f"p{len(self.processes) + 1}", self._around, self.broadcast)
        if alone:
            for other in self.alive():
                other.challenged = True
        self.processes.append(process)
        self._note("boot", process.name, "alone" if alone else "beside others")
        return process

    def kill(self, process: Process) -> None:
        if not process.buried:
            self._note("kill", process.name)
            process.kill()

    def kill_all(self) -> None:
        for process in self.alive():
            self.kill(process)

    def taken_over(self, execution: str, worker: str) -> None:
        """A worker keeps what it runs, as long as it lives and can renew its leases."""
        for process in self.alive():
            runs_it = process.engine.worker.is_running(execution) and process.engine.worker.name != worker
            if runs_it and not process.may_have_lost:
                self._loop.fail(Broken("who lives keeps what it runs", f"{execution}, run by {process.name}"))

    def broadcast(self, of: Process, execution: str, recorded: Sequence[Recorded]) -> None:
        """What one process commits, the others hear of, as from a shared database."""
        for process in self.alive():
            if process is not of:
                process.engine.live.publish(execution, recorded)

    async def some_process(self) -> Process:
        while True:
            if serving := self.serving():
                return self._around.random.choice(serving)
            self._changed.clear()
            await self._changed.wait()

    # ------------------------------------------------------------------------------------------- trouble

    async def strike(self, trouble: Trouble) -> None:
        """Returns when it is over: whatever was taken down is on its way up again."""
        serving = self.serving()
        victim = self._around.random.choice(serving) if serving else None
        self._note("trouble", trouble, victim.name if victim else None)
        match trouble.kind:
            case "crash" if victim is not None:
                self._loop.interrupt(0, lambda: self.kill(victim))
                await asyncio.sleep(trouble.for_s)
                self.boot(alone=not self.alive())
            case "power cut":
                self._loop.interrupt(0, self.cut_power)
                await asyncio.sleep(trouble.for_s)
                self.boot(alone=True)
            case "restart" if victim is not None:
                await self.restart(victim)
            case "hold" if victim is not None:
                await self.hold(victim, trouble.for_s)
            case "second":
                self.boot(alone=False)
            case "usurper":
                self.boot(alone=True)

    def cut_power(self) -> None:
        self.kill_all()
        if self._around.disk.lazy:
            self._around.disk.power_cut()
            self._around.oracle.start_again(self._around.disk.events())

    async def restart(self, process: Process) -> None:
        try:
            await process.ask(process.drain)
        except Disconnected:
            return
        self._loop.interrupt(0, lambda: self.kill(process))
        await asyncio.sleep(0.1)
        self.boot(alone=not self.alive())

    async def hold(self, process: Process, for_s: float) -> None:
        """Stop a process for a while, but not in the middle of a transaction: others could not even read then, and
        with the database that serves, they could."""
        while process.engine.database.busy and not process.buried:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.001)
        process.has_stood_still = True
        self._loop.hold(process)
        await asyncio.sleep(for_s)
        self._loop.release(process)
