"""Parsers of source exports: bytes in, transactions and rejected rows out.

They must not do I/O.
"""
