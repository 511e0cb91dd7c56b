"""The sandboxes proved by clients that others wrote, run unchanged in environments of their own."""
