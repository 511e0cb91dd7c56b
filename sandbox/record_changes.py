"""Changing a stand-in's company by a control payload: settings, plain fields, members of lists."""

from collections.abc import Sequence
from typing import TypeVar

from pydantic import BaseModel

from sandbox.payload import JsonObject, object_at

_SETTINGS = "settings"
_LIMITS = "limits"
CompanyT = TypeVar("CompanyT", bound=BaseModel)


def changed(
    company: CompanyT, payload: JsonObject, *, lists: Sequence[str], plain: type[BaseModel]
) -> CompanyT:
    """The company (it has `settings` with `limits`) with a payload's changes, checked as a whole.

    A settings' field may stand at the top of the payload; `limits` change one by one; `lists` hold
    changes by member id; what is left must be fields of `plain`.

    Raises:
        LookupError: a list has no member of an id.
        ValueError: a name or a value makes no sense.
    """
    body = company.model_dump()
    settings = {name: value for name, value in payload.items() if name in body[_SETTINGS]}
    limits = body[_SETTINGS][_LIMITS] | object_at(settings, _LIMITS)
    body[_SETTINGS] |= settings | {_LIMITS: limits}
    for name in lists:
        for id_, change in object_at(payload, name).items():
            if id_ not in body[name] or not isinstance(change, dict):
                raise LookupError(f"{name} {id_}")
            body[name][id_] |= change
    others = {name: value for name, value in payload.items() if name not in (*settings, *lists)}
    body |= plain.model_validate(others).model_dump(exclude_none=True)
    return type(company).model_validate(body)
