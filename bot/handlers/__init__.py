"""Slack and HTTP requests in: parse, authorise, make one call, answer."""
