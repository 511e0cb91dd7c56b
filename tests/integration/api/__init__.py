"""The transactions API over HTTP."""
