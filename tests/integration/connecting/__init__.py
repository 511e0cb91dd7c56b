"""Connecting Xero and NetSuite: the wired product against the local ERPs, over real HTTP."""
