"""The repositories, one for each port of ``bot.services.ports``.

Each takes the unit's session; none commits. They return the ledger's values, never rows.
"""
