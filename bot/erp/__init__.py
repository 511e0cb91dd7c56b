"""Connectors to ERPs behind one protocol.

``connector`` and ``errors`` are the protocol; ``transport``, ``credentials``, ``oauth``, ``pacing``
and ``payload`` are what every connector is built from; one package an ERP speaks its dialect.
They must not know Slack, storage or each other.
"""
