"""Problems: everything that can keep an entry out of the books, in one set of words.

Preflight findings and ERP refusals are both problems. The catalogue gives each code its
title, its explanation and one remedy that a person can take from Slack. No I/O, no Slack.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class ProblemCode(StrEnum):
    """Every reason an entry may not be posted (codes of the product's own failure list)."""

    ACCOUNT_NOT_MAPPED = "account_not_mapped"
    ACCOUNT_REFUSED = "account_refused"
    ACCOUNT_INACTIVE = "account_inactive"
    ACCOUNT_DELETED = "account_deleted"
    CONTACT_REQUIRED = "contact_required"
    DIMENSION_REQUIRED = "dimension_required"
    DIMENSION_REFUSED = "dimension_refused"
    CURRENCY_MISMATCH = "currency_mismatch"
    AUTH_EXPIRED = "auth_expired"
    CREDENTIALS_INVALID = "credentials_invalid"
    NO_WRITE_PERMISSION = "no_write_permission"
    SETTINGS_INCOMPLETE = "settings_incomplete"
    SOURCE_NOT_LIVE = "source_not_live"
    UNCATEGORIZED = "uncategorized"
    MISSING_PRICE = "missing_price"
    MISSING_COST_BASIS = "missing_cost_basis"
    UNBALANCED = "unbalanced"
    PERIOD_CLOSED = "period_closed"
    REVERSAL_BLOCKED = "reversal_blocked"
    CORRECTED_ALREADY = "corrected_already"
    RATE_LIMITED = "rate_limited"
    ERP_UNREACHABLE = "erp_unreachable"
    OUTCOME_UNKNOWN = "outcome_unknown"
    DUPLICATE_SUSPECTED = "duplicate_suspected"
    NUMBER_UNKNOWN = "number_unknown"
    COMPANY_UNAVAILABLE = "company_unavailable"
    TEXT_TOO_LONG = "text_too_long"
    DIVERGED = "diverged"
    INVALID_ROW = "invalid_row"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One finding about one subject; data, never an exception."""

    code: ProblemCode
    subject: str
    """What it is about, in the user's words: *ETH in Ops Wallet*, *transaction tx-17*."""
    facts: tuple[tuple[str, str], ...] = ()
    """Named details for the message, such as ``("short", "0.5 ETH")``; never a secret."""
    transaction_id: str | None = None
    field_name: str | None = None

    @property
    def message(self) -> str:
        """The explanation with this problem's own facts filled in."""
        words = CATALOGUE[self.code]
        details = "; ".join(f"{name}: {value}" for name, value in self.facts)
        sentence = words.explanation.format(subject=self.subject)
        return f"{sentence} ({details})" if details else sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What people read about a code."""

    title: str
    explanation: str
    """One sentence; ``{subject}`` stands for what it is about."""
    remedy: str
    """One action a person can take, by preference from Slack."""
    blocks_everything: bool = field(default=False)
    """True when no entry of the company can be posted before it is mended."""


CATALOGUE: dict[ProblemCode, Words] = {
    ProblemCode.ACCOUNT_NOT_MAPPED: Words(
        title="Account not mapped",
        explanation="There is no account in your chart of accounts for {subject}.",
        remedy="Choose one with `/integral unmapped`; its entries are ready at once.",
    ),
    ProblemCode.ACCOUNT_REFUSED: Words(
        title="Account takes no journal entries",
        explanation="Your ERP accepts no journal entry on {subject}.",
        remedy="Create an ordinary account of the same kind in the ERP, refresh the accounts "
        "with `/integral accounts refresh` and choose it with `/integral map`.",
    ),
    ProblemCode.ACCOUNT_INACTIVE: Words(
        title="Account is inactive",
        explanation="The account {subject} was made inactive in the ERP.",
        remedy="Make it active again in the ERP, or choose another with `/integral map`.",
    ),
    ProblemCode.ACCOUNT_DELETED: Words(
        title="Account no longer exists",
        explanation="The ERP no longer knows the account {subject}.",
        remedy="Refresh the accounts with `/integral accounts refresh`, then choose another "
        "one with `/integral map`.",
    ),
    ProblemCode.CONTACT_REQUIRED: Words(
        title="Customer or vendor needed",
        explanation="A posting on {subject} needs a customer or a vendor.",
        remedy="Name an imported customer or vendor in the row's `counterparty`, or map the "
        "category to an account that needs none.",
    ),
    ProblemCode.DIMENSION_REQUIRED: Words(
        title="Class, location or department needed",
        explanation="{subject} is required on every posting, and one has none.",
        remedy="Choose a value with `/integral unmapped`, or a default with `/integral map "
        "dimensions`; its entries are ready at once.",
    ),
    ProblemCode.DIMENSION_REFUSED: Words(
        title="Class, location or department not accepted",
        explanation="The ERP does not take the value that was chosen for {subject}.",
        remedy="Choose another default with `/integral map dimensions`, or make the value active "
        "again in the ERP and refresh with `/integral accounts refresh`.",
    ),
    ProblemCode.CURRENCY_MISMATCH: Words(
        title="Currency mismatch",
        explanation="The currency of {subject} is not your organisation's base currency.",
        remedy="Choose an account kept in the base currency, such as a clearing account, with "
        "`/integral map`; the company's own currency must equal the base currency.",
    ),
    ProblemCode.AUTH_EXPIRED: Words(
        title="Authorisation ended",
        explanation="{subject} no longer accepts our authorisation.",
        remedy="Reauthorize with `/integral reauthorize`; nothing is lost meanwhile.",
        blocks_everything=True,
    ),
    ProblemCode.CREDENTIALS_INVALID: Words(
        title="Credentials not accepted",
        explanation="{subject} does not accept these credentials.",
        remedy="Copy them again, whole and without spaces, with `/integral connect`.",
        blocks_everything=True,
    ),
    ProblemCode.NO_WRITE_PERMISSION: Words(
        title="No permission to write journal entries",
        explanation="The user who connected {subject} may not create journal entries there.",
        remedy="Give that user write access to journal entries in the ERP, or have somebody "
        "who has it run `/integral reauthorize`.",
        blocks_everything=True,
    ),
    ProblemCode.SETTINGS_INCOMPLETE: Words(
        title="Journal-entry settings incomplete",
        explanation="The journal-entry settings name no account for {subject}.",
        remedy="Choose the account with `/integral settings`.",
    ),
    ProblemCode.SOURCE_NOT_LIVE: Words(
        title="Source not live",
        explanation="{subject} has sent no transactions within its limit.",
        remedy="Import its latest transactions with `/integral import`.",
    ),
    ProblemCode.UNCATEGORIZED: Words(
        title="No category",
        explanation="{subject} has no category, so the other side of its entry is unknown.",
        remedy="Give the row a category and import it again with `/integral import`.",
    ),
    ProblemCode.MISSING_PRICE: Words(
        title="No price",
        explanation="{subject} has no value in the base currency.",
        remedy="Fill in the row's `value` (or `fee_value`) and import it again with "
        "`/integral import`.",
    ),
    ProblemCode.MISSING_COST_BASIS: Words(
        title="No cost for what was disposed of",
        explanation="{subject} disposes of more than its wallet is known to hold.",
        remedy="Import the earlier acquisition, an opening lot, or the row's `cost_basis` with "
        "`/integral import`.",
    ),
    ProblemCode.UNBALANCED: Words(
        title="Debits and credits differ",
        explanation="The entry for {subject} does not balance, which is a fault of Integral.",
        remedy="Report it with the entry's number; it will not be sent.",
    ),
    ProblemCode.PERIOD_CLOSED: Words(
        title="Period closed",
        explanation="The ERP's books are closed for the date of {subject}.",
        remedy="Reopen the period in the ERP, then run `/integral sync` again; Integral never "
        "changes an entry's date by itself. For a correction, `/integral undo` also offers the "
        "first open day.",
    ),
    ProblemCode.REVERSAL_BLOCKED: Words(
        title="Cannot be undone as it was posted",
        explanation="The reversal of {subject} has to post where the entry did, and the ERP "
        "does not take that any more.",
        remedy="Make the account or value active in the ERP, refresh with `/integral accounts "
        "refresh` and ask again with `/integral undo`; what was not reversed stays as it is.",
    ),
    ProblemCode.CORRECTED_ALREADY: Words(
        title="Corrected in the ERP already",
        explanation="The ERP has a correction of {subject} that is missing here, as after a "
        "restored backup; a second one would undo or post it twice.",
        remedy="Compare the two in the ERP, and give this correction up with `/integral undo`.",
    ),
    ProblemCode.RATE_LIMITED: Words(
        title="The ERP's limit is reached",
        explanation="{subject} asked us to wait; the push goes on by itself.",
        remedy="Nothing to do; `/integral status` says when it goes on.",
    ),
    ProblemCode.ERP_UNREACHABLE: Words(
        title="The ERP cannot be reached",
        explanation="{subject} cannot be reached at present; the push goes on by itself.",
        remedy="Nothing to do; `/integral status` says when it is tried again.",
    ),
    ProblemCode.OUTCOME_UNKNOWN: Words(
        title="Sent, no answer",
        explanation="{subject} was sent and no answer came; the ERP is searched before "
        "anything is sent again.",
        remedy="Nothing to do; the message of its push says how it ended.",
    ),
    ProblemCode.DUPLICATE_SUSPECTED: Words(
        title="Possible duplicate",
        explanation="The ERP already has an entry that looks like {subject} and is not ours.",
        remedy="Compare the two and choose Skip or Post anyway with `/integral duplicates`.",
    ),
    ProblemCode.NUMBER_UNKNOWN: Words(
        title="Entries of ours that we do not know",
        explanation="The ERP holds entries numbered by this organisation that are missing "
        "here: {subject}.",
        remedy="If a backup was restored, adopt them with `/integral doctor`; nothing is sent "
        "before.",
        blocks_everything=True,
    ),
    ProblemCode.COMPANY_UNAVAILABLE: Words(
        title="Company cannot be written to",
        explanation="The ERP accepts no entries for {subject} at present.",
        remedy="Check the company's subscription in the ERP, then run `/integral resume`.",
        blocks_everything=True,
    ),
    ProblemCode.TEXT_TOO_LONG: Words(
        title="Text too long",
        explanation="A memo of {subject} is longer than the ERP allows.",
        remedy="Shorten the memo template with `/integral settings`.",
    ),
    ProblemCode.DIVERGED: Words(
        title="The ERP's copy differs",
        explanation="{subject} in the ERP is not what was approved.",
        remedy="Look at the differences with `/integral verify` and mend the entry in the ERP.",
    ),
    ProblemCode.INVALID_ROW: Words(
        title="Row cannot be read",
        explanation="{subject} cannot be read.",
        remedy="Mend the named field and import the file again; rows already in stay.",
    ),
    ProblemCode.UNKNOWN: Words(
        title="Refused without a clear reason",
        explanation="The ERP refused {subject}.",
        remedy="Check in this order: accounts mapped, settings active, credentials valid, "
        "write access; then contact support with the date and time shown.",
    ),
}
