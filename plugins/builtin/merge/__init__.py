"""Merge: one list of items out of several inputs."""

from plugins.builtin.merge.first import first_merge
from plugins.builtin.merge.second import second_merge
from plugins.builtin.merge.third import merge

__all__ = ["first_merge", "merge", "second_merge"]
