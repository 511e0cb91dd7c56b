"""Connectors to ERPs behind one protocol.

They must not know Slack, storage or each other.
"""
