"""Pure bookkeeping: values and rules of the general ledger.

It must not do I/O or import anything but the standard library.
"""
