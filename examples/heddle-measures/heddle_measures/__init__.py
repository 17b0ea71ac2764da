"""Nodes that convert and report measures."""
