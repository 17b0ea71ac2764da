"""luxon's DateTime in Python: parsing, formatting and arithmetic over aware `datetime`s of millisecond precision."""

from plugins.luxon.zones import zone

__all__ = ["zone"]
