"""The bot and a local Slack, talking over the real wire formats."""
