"""The clock and the durable workflows that deliver runs.

It must not know Slack.
"""
