"""Tests with a real database, real HTTP and signed requests."""
