"""Conditions over the values of an item: the filter parameter, and the older rules of If, Filter and Switch."""

from plugins.conditions import legacy
from plugins.conditions.filter import passes

__all__ = ["legacy", "passes"]
