"""Tests of ERP payloads and fault tables."""
