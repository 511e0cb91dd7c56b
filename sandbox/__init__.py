"""Local stand-ins for Slack and the ERPs on loopback. It must not import the product."""
