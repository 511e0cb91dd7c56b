"""Pushes end to end: real database, real connector, the QuickBooks sandbox over HTTP."""
