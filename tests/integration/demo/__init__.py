"""The demo end to end: its sample month, its second opinion, and the program itself."""
