"""The verdict finds what is missing and what is there twice, from the books alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from sandbox import sample_month as month
from sandbox.copies import Copy, Place, read_files
from sandbox.demo_erps import JOURNAL_FILE, Plan
from sandbox.once import expected
from sandbox.reckoning import Expected
from sandbox.verdict import Verdict, judge


def copy_of(each: Expected, number: int) -> Copy:
    return Copy(
        number=f"INT-ABCD-{number:05}-{each.day:%m%d%y}",
        day=each.day,
        row=each.id,
        by_hand=False,
        lines=each.lines,
    )


def typed_by_hand(due: Sequence[Expected]) -> Copy:
    alike = next(each for each in due if each.id == month.LOOK_ALIKE_ID)
    return Copy(number="1042", day=alike.day, row="1042", by_hand=True, lines=alike.lines)


def books() -> tuple[list[Expected], list[Copy]]:
    """What is due, and copies of exactly that beside the one that was typed by hand."""
    due = expected()
    ours = [each for each in due if each.lines and each.id != month.LOOK_ALIKE_ID]
    copies = [copy_of(each, number) for number, each in enumerate(ours, start=1)]
    return due, [typed_by_hand(due), *copies]


def judged(due: Sequence[Expected], copies: Sequence[Copy]) -> Verdict:
    totals: Counter[Place] = Counter()
    for copy in copies:
        for account, side, cents in copy.lines:
            totals[account, side] += cents
    return judge(due, copies, totals)


def test_books_as_they_should_be_are_clean_with_one_held_and_one_blocked() -> None:
    verdict = judged(*books())

    assert verdict.is_clean
    assert (verdict.held, verdict.blocked) == (1, 1)
    assert verdict.erp_rows == verdict.posted


def test_an_entry_that_never_arrived_is_lost_with_its_effects() -> None:
    due, copies = books()

    verdict = judged(due, copies[:-1])

    assert (verdict.lost, verdict.duplicated) == (1, 0)
    assert (verdict.effects_missing, verdict.effects_doubled) == (len(copies[-1].lines), 0)


def test_a_row_posted_under_a_second_number_is_a_duplicate_with_its_effects() -> None:
    due, copies = books()
    again = replace(copies[-1], number="INT-ABCD-09999-013126")

    verdict = judged(due, [*copies, again])

    assert (verdict.duplicated, verdict.lost) == (1, 0)
    assert (verdict.effects_missing, verdict.effects_doubled) == (0, len(again.lines))


def test_one_number_twice_in_the_books_is_a_duplicate() -> None:
    due, copies = books()

    assert judged(due, [*copies, copies[-1]]).duplicated == 1


def test_a_look_alike_that_was_posted_all_the_same_is_a_duplicate() -> None:
    due, copies = books()
    alike = next(each for each in due if each.id == month.LOOK_ALIKE_ID)

    assert judged(due, [*copies, copy_of(alike, 9999)]).duplicated == 1


def test_totals_that_the_lines_do_not_explain_count_as_an_effect() -> None:
    due, copies = books()
    totals: Counter[Place] = Counter()
    for copy in copies:
        for account, side, cents in copy.lines:
            totals[account, side] += cents
    totals["Payroll", "debit"] -= 1

    assert judge(due, copies, totals).effects_missing == 1


def journal_file(copies: Sequence[Copy]) -> str:
    """The copies as a file of the generic layout has them."""
    rows = ["number,date,account_code,account_name,debit,credit,currency,posting_memo,memo"]
    for copy in copies:
        for account, side, cents in copy.lines:
            amount = f"{cents // 100}.{cents % 100:02}"
            pair = f"{amount}," if side == "debit" else f",{amount}"
            rows.append(f'{copy.number},{copy.day},1,"{account}",{pair},USD,,Demo {copy.row}')
    return "\r\n".join(rows) + "\r\n"


def test_files_are_read_as_what_is_in_them_and_an_entry_in_two_is_doubled() -> None:
    due = expected(Plan(JOURNAL_FILE, month.FEWEST))
    going = [each for each in due if each.lines]
    copies = [copy_of(each, number) for number, each in enumerate(going, start=1)]
    first, second = journal_file(copies[:40]), journal_file(copies[40:])

    whole = judge(due, *read_files([first, second]))
    assert whole.is_clean
    assert (whole.erp_rows, whole.held) == (len(going), 0)
    again = judge(due, *read_files([first, second, journal_file(copies[-1:])]))
    assert (again.duplicated, again.effects_doubled) == (1, len(copies[-1].lines))
    short = judge(due, *read_files([second]))
    assert (short.lost, short.effects_missing) == (40, sum(len(c.lines) for c in copies[:40]))
