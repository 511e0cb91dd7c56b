"""Grants over the database."""
