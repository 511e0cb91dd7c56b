"""Pure functions from data to Slack blocks.

They must not do I/O.
"""
