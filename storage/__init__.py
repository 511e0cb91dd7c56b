"""The book of record: tables, repositories, secrets.

It must not know Slack views or ERP payloads.
"""
