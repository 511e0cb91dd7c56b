"""The QuickBooks Online connector.

``connector`` is its face; ``api`` sends, ``queries`` and ``payloads`` and ``books`` translate,
``faults`` reads refusals, ``oauth`` signs in. It must not know another ERP.
"""
