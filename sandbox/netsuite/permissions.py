"""The permissions that the stand-in asks for, by their names in a role's form.

Those for logging in, SuiteQL and journals are documented (section_1534941088.html,
section_0525020842.html, section_0224100235.html); which of the others opens which SuiteQL table is
practice.
"""

from sandbox.netsuite.credentials import Level, Role

REST = "REST Web Services"
TOKENS = "Log in using Access Tokens"
OAUTH2 = "Log in using OAuth 2.0 Access Tokens"
SUITEQL = "SuiteAnalytics Workbook"
JOURNALS = "Make Journal Entry"
APPROVAL = "Journal Approval"
ADMINISTRATION = "Integration Governance"
ACCOUNTS = "Accounts"
CUSTOMERS = "Customers"
VENDORS = "Vendors"
EMPLOYEES = "Employees"
CURRENCY = "Currency"
SUBSIDIARIES = "Subsidiaries"
PERIODS = "Accounting Periods"
DEPARTMENTS = "Departments"
CLASSES = "Classes"
LOCATIONS = "Locations"
SEGMENTS = "Custom Segments"

INTEGRATION_ROLE = "1001"
ADMINISTRATOR_ROLE = "3"
_LISTS = (
    ACCOUNTS,
    CUSTOMERS,
    VENDORS,
    EMPLOYEES,
    CURRENCY,
    SUBSIDIARIES,
    PERIODS,
    DEPARTMENTS,
    CLASSES,
    LOCATIONS,
    SEGMENTS,
)
_LOGINS = {REST: Level.FULL, TOKENS: Level.FULL, OAUTH2: Level.FULL}


def default_roles() -> dict[str, Role]:
    """An integration's role, with just what a journal app needs, and the administrator's."""
    lists = dict.fromkeys(_LISTS, Level.VIEW)
    integration = Role(
        id=INTEGRATION_ROLE,
        name="Journal Integration",
        permissions=_LOGINS | {SUITEQL: Level.EDIT, JOURNALS: Level.CREATE} | lists,
    )
    everything = (SUITEQL, JOURNALS, APPROVAL, ADMINISTRATION, *_LISTS)
    administrator = Role(
        id=ADMINISTRATOR_ROLE,
        name="Administrator",
        permissions=_LOGINS | dict.fromkeys(everything, Level.FULL),
    )
    return {role.id: role for role in (integration, administrator)}
