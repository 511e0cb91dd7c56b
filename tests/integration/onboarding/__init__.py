"""Onboarding against real databases: organisations, connecting, importing, mapping, enabling."""
