"""Storage without a database: column types and the vault."""
