"""The schema's history. Its revisions name plain SQLAlchemy types, never today's classes."""
