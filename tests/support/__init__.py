"""Builders, fakes and fixtures shared by the tests.

It must not hold tests.
"""
