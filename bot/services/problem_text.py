"""Problems as stored text, so that what was found survives a restart in the same words.

Only writes and reads; the words themselves are ``ledger.problems``.
"""

from __future__ import annotations

import json

from ledger.problems import Problem, ProblemCode


def dump_problem(problem: Problem) -> str:
    """Write a problem as JSON text; :func:`load_problem` reads it."""
    return json.dumps(
        {
            "code": problem.code.value,
            "subject": problem.subject,
            "facts": [list(fact) for fact in problem.facts],
            "transaction": problem.transaction_id,
            "field": problem.field_name,
        },
        ensure_ascii=False,
    )


def load_problem(text: str) -> Problem:
    """Read what :func:`dump_problem` wrote.

    Raises:
        ValueError, KeyError: when the stored text was damaged.
    """
    content = json.loads(text)
    return Problem(
        code=ProblemCode(content["code"]),
        subject=content["subject"],
        facts=tuple((name, value) for name, value in content["facts"]),
        transaction_id=content["transaction"],
        field_name=content["field"],
    )
