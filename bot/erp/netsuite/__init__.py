"""The NetSuite connector.

``connector`` is its face; ``api`` sends, ``auth`` and ``door`` sign in, ``queries``, ``payloads``
and ``books`` translate, ``faults`` reads refusals, ``credentials`` checks what a person pastes.
It must not know another ERP.
"""
