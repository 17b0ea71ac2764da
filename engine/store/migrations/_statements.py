"""A migration step of SQL statements, one list per dialect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tortoise.migrations.operations import TortoiseOperation
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.migrations.schema_generator.state import State


class Statements(TortoiseOperation):
    """Runs the statements of the database's dialect, one by one: unlike RunSQL it does not split at semicolons, which
    triggers are full of. Not reversible: a backup is the way back."""

    reversible = False

    def __init__(self, statements: Mapping[str, Sequence[str]]) -> None:
        self.statements = statements

    def describe(self) -> str:
        return "Run SQL statements"

    def state_forward(self, app_label: str, state: State) -> None:  # noqa: ARG002
        """The models are compared with the database itself, not with a state."""
        return None

    async def database_forward(
        self,
        app_label: str,  # noqa: ARG002
        old_state: State,  # noqa: ARG002
        new_state: State,  # noqa: ARG002
        state_editor: BaseSchemaEditor | None = None,
    ) -> None:
        if state_editor is None:
            return
        for statement in self.statements[state_editor.DIALECT]:
            await state_editor.client.execute_query(statement)
