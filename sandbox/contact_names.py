"""The customers and vendors that the sandbox's companies have in more than one ERP.

Their order is part of the sample data: each stand-in numbers them from its own first id.
"""

CUSTOMERS = (
    "Acme DAO",
    "Blue Harbor & Sons",
    "Northwind Labs",
    "Protocol <Guild>",
    "Tidewater Foundation",
)
VENDORS = (
    "Alchemy Nodes",
    "Baker & Marsh LLP",
    "Cloudline Hosting",
    "Ledger Payroll Co",
    "Quay Street Office",
)
