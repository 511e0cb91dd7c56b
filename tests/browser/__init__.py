"""Browser tests over the sandbox's pages."""
