"""Fault runs: processes are killed and replies lost; the ERP must hold each entry exactly once."""
