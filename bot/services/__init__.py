"""Use cases.

They see ports and ledger types only, never a connector, SQL or Slack.
"""
