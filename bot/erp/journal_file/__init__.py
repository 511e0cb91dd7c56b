"""The journal file: the connector of teams with no ERP, whose entries wait to be imported."""
