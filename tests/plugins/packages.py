"""Plugins for tests, written to a directory."""

from __future__ import annotations

from pathlib import Path

NODE = '''
from plugins import Context, Item, node


@node("{type}", version={version})
async def run(ctx: Context[object], items: list[Item]) -> list[Item]:
    """Lets items pass."""
    return [item.derive(by="{type}") for item in items]
'''


def manifest(name: str, **fields: str) -> str:
    """TOML. `fields` are written as they are given; `dependencies` go to their table."""
    dependencies = fields.pop("dependencies", "")
    rows = {
        "name": f'"{name}"',
        "version": '"1.0.0"',
        "description": '"A plugin for a test."',
        "requires-heddle": '">=0.1.0"',
        **{key.replace("_", "-"): value for key, value in fields.items()},
    }
    lines = "\n".join(f"{key} = {value}" for key, value in rows.items() if value)
    return f"[plugin]\n{lines}\n\n[plugin.dependencies]\n{dependencies}\n"


def write_plugin(
    directory: Path,
    name: str,
    *,
    type: str | None = None,
    version: float = 1,
    before: str = "",
    after: str = "",
    folder: str | None = None,
    **fields: str,
) -> Path:
    """A plugin with one node, and code of one's own `before` and `after` it. Answers its folder."""
    package = directory / (folder or name.replace("-", "_"))
    package.mkdir(parents=True)
    code = NODE.format(type=type or f"{name.replace('-', '.', 1)}.pass", version=version)
    (package / "__init__.py").write_text(f"{before}\n{code}\n{after}\n")
    (package / "heddle-plugin.toml").write_text(manifest(name, **fields))
    return package
