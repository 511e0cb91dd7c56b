"""Local stand-ins for Slack and the ERPs, speaking the real wire formats on loopback.

They serve `make demo` and the tests, and are as strict as what they stand for: where a vendor's
documentation is silent, the stricter reading is taken and the docstring says so. The sandbox must
not import the product, nor be imported by it: only addresses and the clock tell the two apart.
"""
