"""Tests of use cases through fakes."""
