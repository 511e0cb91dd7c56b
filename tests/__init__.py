"""Tests of the product and its sandbox."""
