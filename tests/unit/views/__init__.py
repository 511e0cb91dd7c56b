"""Tests of Slack views."""
