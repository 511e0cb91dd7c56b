"""Tests of the pure bookkeeping."""
