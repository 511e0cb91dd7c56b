"""Executable rules about layout, sizes and documents."""
