"""What a running node is given: the `Context` protocol and the small services behind it."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol, TypeAlias, TypeVar

from plugins.items import Item, Items, Json

P_co = TypeVar("P_co", covariant=True)
Legacy: TypeAlias = Literal["function", "functionItem"]
"""Which of the nodes that came before the Code node a script was written for."""


@dataclass(frozen=True, slots=True)
class NodeInfo:
    """The node being run, as its workflow document says. `parameters` are raw: expressions not resolved."""

    id: str
    name: str
    type: str
    type_version: float
    parameters: Mapping[str, Json]
    webhook_id: str | None = None
    credentials: Mapping[str, Json] | None = None
    outputs_connected: int = 0
    inputs_connected: int = 0


@dataclass(frozen=True, slots=True)
class WorkflowInfo:
    id: str
    name: str
    timezone: str
    active: bool = False


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP response, read whole. Header names are lower case."""

    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes
    url: str


class Http(Protocol):
    """The guarded HTTP client: the only way out. Raises `NodeError(code="EGRESS_DENIED" | "TIMEOUT" | …)`."""

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Sequence[tuple[str, str]] = (),
        json: Json = None,
        data: bytes | None = None,
        timeout_s: float | None = None,
        follow_redirects: bool = True,
        max_redirects: int = 5,
        verify_tls: bool = True,
        idempotency_key: str | None = None,
    ) -> Response: ...


@dataclass(frozen=True, slots=True)
class CodeResult:
    """What a script answered: items per n8n's rules (lineage where the script gave it), and its log lines."""

    items: Items
    log: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Arrival:
    """What reached input 0 of a run: its items, their lineage pointing at that input, and which node run sent them."""

    items: Items
    source: Mapping[str, Any] | None


class Context(Protocol[P_co]):
    """One run of one node. Everything a node may touch is here.

    Parameters are resolved before the node starts, in one batch for all items; reading one whose expression failed
    raises that failure, for that item alone.
    """

    @property
    def node(self) -> NodeInfo: ...
    @property
    def workflow(self) -> WorkflowInfo: ...
    @property
    def execution_id(self) -> str: ...
    @property
    def mode(self) -> Literal["manual", "production"]: ...
    @property
    def run_index(self) -> int: ...
    @property
    def now(self) -> datetime:
        """The instant at which this attempt started, in the workflow's time zone."""
        ...

    @property
    def inputs(self) -> Sequence[Items | None]:
        """All main inputs; None for one that nothing reached."""
        ...

    @property
    def continue_on_fail(self) -> bool:
        """True when the node should answer `{error: message}` in place of an item that fails, and carry on."""
        ...

    @property
    def state(self) -> MutableMapping[str, Json]:
        """JSON kept from run to run of this node within this execution; committed with the run's result."""
        ...

    @property
    def http(self) -> Http: ...

    def parameters(self, item: int = 0) -> P_co:
        """The typed parameters for the item at that position of input 0, defaults filled in."""
        ...

    def parameter(self, path: str, item: int = 0, default: Json = None) -> Json:
        """One resolved parameter by dotted path (`options.timeout`), untyped. `default` when it is absent."""
        ...

    def sources(self) -> Sequence[Mapping[str, Any] | None]:
        """Where each main input came from: `previousNode`, `previousNodeOutput`, `previousNodeRun`."""
        ...

    def earlier(self, run: int) -> Arrival:
        """What an earlier run of this node was given (`run` < `run_index`). So a loop need not copy it into `state`."""
        ...

    def idempotency_key(self, item: int = 0) -> str:
        """The same for every attempt at this item of this node run, and for nothing else."""
        ...

    def progress(self, done: int, of: int | None = None, message: str | None = None) -> None: ...

    def credentials(self, kind: str) -> Mapping[str, Json]:
        """The decrypted credential of that kind. Raises `NodeError(code="CREDENTIAL_DENIED")` without one."""
        ...

    async def evaluate(self, template: str, item: int = 0) -> Json:
        """The value of a template such as `={{ $json.id }}` for one item."""
        ...

    async def run_javascript(
        self, code: str, *, each_item: bool, keep_going: bool = False, legacy: Legacy | None = None
    ) -> CodeResult:
        """Run a script in the sandbox over input 0: once for all items, or once for each. Raises its failure.

        With `keep_going` (for each item) the items whose run failed come back as items whose `error` is the
        failure's message, and the others are run all the same. `legacy` makes it the script of one of the nodes that
        came before the Code node: other names are in sight, and with `keep_going` a failure becomes `{error}`."""
        ...


def paired(items: Sequence[Item], position: int) -> Item:
    """The item at `position`, its lineage pointing at that position of input 0."""
    return items[position].paired_with(position)
