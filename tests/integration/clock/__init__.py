"""Clocks, ticks and workflows."""
