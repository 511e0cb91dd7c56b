"""The Xero connector.

``connector`` is its face; ``api`` sends, ``batches`` and ``queries`` ask, ``payloads``, ``books``
and ``outcomes`` translate, ``account_rules`` says which accounts a manual journal may use,
``faults`` reads refusals, ``oauth`` signs in. It must not know another ERP.
"""
