"""Measurements behind the claims in the documents, run by make bench.

The product must not import it.
"""
