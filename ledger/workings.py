"""Workings: the sums of one transaction while its entry is made.

Movements of one account are added up here into one posting, units that leave take their cost
out of the lots, and what is missing is noted as a problem. It decides nothing about how a
transaction is treated; ``ledger.treatments`` does. No I/O.
"""

from __future__ import annotations

from decimal import Decimal, localcontext

from ledger.entries import Posting, Role, Side, SourceAccount
from ledger.lots import Lot, LotBook, Taken
from ledger.money import EXACT_DIGITS, Money
from ledger.problems import Problem, ProblemCode
from ledger.transactions import Transaction

_ZERO = Decimal(0)


class Workings:
    """What one transaction does to accounts and lots, summed as it is found out.

    Base currency is cash at par; every other asset, foreign money too, has lots. An amount
    that is not known is passed as none: its problem has been noted, and there is no entry.
    """

    def __init__(self, transaction: Transaction, *, base_currency: str, lots: LotBook) -> None:
        self.transaction = transaction
        self.base_currency = base_currency
        self.problems: list[Problem] = []
        self._lots = lots
        self._sums: dict[SourceAccount, Decimal] = {}
        self._leaving: dict[SourceAccount, Decimal] = {}

    # ── amounts ──────────────────────────────────────────────────────────────

    def rounded(self, exact: Decimal) -> Money:
        """Round a value in base currency, once."""
        return Money.rounded(exact, self.base_currency)

    def is_cash(self, asset: str | None) -> bool:
        """Say whether an asset is the base currency itself."""
        return asset == self.base_currency

    def fair_value(
        self, asset: str, quantity: Decimal, given: Decimal | None, *, field_name: str = "value"
    ) -> Money | None:
        """Return what units are worth: cash at par, else as given, else a missing price."""
        if self.is_cash(asset):
            return self.rounded(quantity)
        if given is not None:
            return self.rounded(given)
        self._note(ProblemCode.MISSING_PRICE, field_name, (("asset", asset),))
        return None

    # ── postings ─────────────────────────────────────────────────────────────

    def debit(self, account: SourceAccount, money: Money | None) -> None:
        """Add to the debit of an account."""
        if money is not None:
            self._sums[account] = self._sums.get(account, _ZERO) + money.amount

    def credit(self, account: SourceAccount, money: Money | None) -> None:
        """Add to the credit of an account."""
        if money is not None:
            self._sums[account] = self._sums.get(account, _ZERO) - money.amount

    # ── units ────────────────────────────────────────────────────────────────

    def receive(self, account: SourceAccount, quantity: Decimal, cost: Money | None) -> None:
        """Bring units into the wallet of an asset account at their cost, and debit it."""
        self.debit(account, cost)
        wallet, asset = _holding(account)
        if not self.is_cash(asset):
            self._lots.add(
                Lot(
                    account=wallet,
                    asset=asset,
                    quantity=quantity,
                    cost=cost,
                    acquired_at=self.transaction.timestamp,
                )
            )

    def leave(self, account: SourceAccount, quantity: Decimal) -> None:
        """Let units go; :meth:`settle` takes all of one holding out of the lots together."""
        if self.is_cash(account.asset):
            self.credit(account, self.rounded(quantity))
        else:
            with localcontext(prec=EXACT_DIGITS):
                self._leaving[account] = self._leaving.get(account, _ZERO) + quantity

    def leave_at(self, account: SourceAccount, quantity: Decimal, cost: Money) -> None:
        """Let units go at a cost the source states; their lots are used up all the same."""
        wallet, asset = _holding(account)
        self._lots.take(wallet, asset, quantity)
        self.credit(account, cost)

    def move(self, sender: SourceAccount, receiver: SourceAccount, quantity: Decimal) -> None:
        """Move units between own wallets with their cost and age; no gain arises."""
        wallet, asset = _holding(sender)
        if self.is_cash(asset):
            cost: Money | None = self.rounded(quantity)
        else:
            taken = self._lots.take(wallet, asset, quantity)
            cost = self._cost_of(taken, wallet, asset)
            self._put(taken, _holding(receiver)[0], asset)
        self.credit(sender, cost)
        self.debit(receiver, cost)

    def settle(self) -> tuple[Posting, ...]:
        """Take the leaving units out of the lots and return the postings, debits first.

        What debits and credits differ by is the gain or loss: derived, never rounded itself.
        """
        for account, quantity in self._leaving.items():
            wallet, asset = _holding(account)
            taken = self._lots.take(wallet, asset, quantity)
            self.credit(account, self._cost_of(taken, wallet, asset))
        if self.problems:
            return ()
        surplus = sum(self._sums.values(), start=_ZERO)
        role = Role.GAINS if surplus > 0 else Role.LOSSES
        self.credit(SourceAccount.of_role(role), Money(surplus, self.base_currency))
        debits = [(a, s) for a, s in self._sums.items() if s > 0]
        credits_ = [(a, s) for a, s in self._sums.items() if s < 0]
        return tuple(self._posting(account, amount) for account, amount in debits + credits_)

    def _posting(self, account: SourceAccount, amount: Decimal) -> Posting:
        side = Side.DEBIT if amount > 0 else Side.CREDIT
        return Posting(account=account, side=side, money=Money(abs(amount), self.base_currency))

    def _put(self, taken: Taken, wallet: str, asset: str) -> None:
        for piece in taken.pieces:
            self._lots.add(
                Lot(
                    account=wallet,
                    asset=asset,
                    quantity=piece.quantity,
                    cost=piece.cost,
                    acquired_at=piece.acquired_at,
                )
            )
        if taken.short:
            # The receiver holds them now, though nobody knows what they cost.
            self._lots.add(
                Lot(
                    account=wallet,
                    asset=asset,
                    quantity=taken.short,
                    cost=None,
                    acquired_at=self.transaction.timestamp,
                )
            )

    # ── problems ─────────────────────────────────────────────────────────────

    def note_uncategorized(self) -> None:
        """Note that the other side of a deposit or withdrawal is unknown."""
        self._note(ProblemCode.UNCATEGORIZED, "category", ())

    def _cost_of(self, taken: Taken, wallet: str, asset: str) -> Money | None:
        cost = taken.cost(self.base_currency)
        if cost is None:
            facts = [("wallet", wallet), ("asset", asset)]
            if taken.short:
                facts.append(("short", f"{_plain(taken.short)} {asset}"))
            if taken.without_cost:
                facts.append(("without a known cost", f"{_plain(taken.without_cost)} {asset}"))
            self._note(ProblemCode.MISSING_COST_BASIS, "cost_basis", tuple(facts))
        return cost

    def _note(self, code: ProblemCode, field_name: str, facts: tuple[tuple[str, str], ...]) -> None:
        self.problems.append(
            Problem(
                code=code,
                subject=f"transaction {self.transaction.id}",
                facts=facts,
                transaction_id=self.transaction.id,
                field_name=field_name,
            )
        )


def _holding(account: SourceAccount) -> tuple[str, str]:
    if account.wallet is None or account.asset is None:
        message = f"{account.label} holds no units"
        raise ValueError(message)
    return account.wallet, account.asset


def _plain(quantity: Decimal) -> str:
    return format(quantity.normalize(), "f")
