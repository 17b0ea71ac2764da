"""Everything that the author of a node imports."""

from plugins.context import Arrival, CodeResult, Context, Http, NodeInfo, Response, WorkflowInfo
from plugins.errors import Failure, NodeError, ParameterError
from plugins.items import Binary, Item, Items, Json, Lineage, Link, Outputs, SourceOverwrite, items_from_json
from plugins.node import Effects, NodeType, NoParameters, node
from plugins.outcomes import CallWorkflow, CallWorkflows, Outcome, Suspend
from plugins.parameters import Help

__all__ = [
    "Arrival",
    "Binary",
    "CallWorkflow",
    "CallWorkflows",
    "CodeResult",
    "Context",
    "Effects",
    "Failure",
    "Help",
    "Http",
    "Item",
    "Items",
    "Json",
    "Lineage",
    "Link",
    "NoParameters",
    "NodeError",
    "NodeInfo",
    "NodeType",
    "Outcome",
    "Outputs",
    "ParameterError",
    "Response",
    "SourceOverwrite",
    "Suspend",
    "WorkflowInfo",
    "items_from_json",
    "node",
]
