"""Proof that no secret stands anywhere in plain text."""
