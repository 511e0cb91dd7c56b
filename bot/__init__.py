"""The Slack bot: handlers, views, use cases and ERP connectors.

It must not import the sandbox.
"""
