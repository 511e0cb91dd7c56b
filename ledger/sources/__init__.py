"""Parsers of source exports: bytes in, transactions and rejected rows out.

They must not do I/O. Each format is one module; the generic one is what every other becomes.
"""

from ledger.sources.generic import (
    FileRefusedError,
    ParsedFile,
    parse_csv,
    parse_json_lines,
    read_csv,
    read_json_lines,
)
from ledger.sources.opening_lots import ParsedLots, parse_opening_lots
from ledger.sources.rows import FIELDS, Row

__all__ = [
    "FIELDS",
    "FileRefusedError",
    "ParsedFile",
    "ParsedLots",
    "Row",
    "parse_csv",
    "parse_json_lines",
    "parse_opening_lots",
    "read_csv",
    "read_json_lines",
]
