"""Grants with a table of their own, which several companies may share; the outbox encrypted.

What lay in ``companies.secret`` becomes one grant for each company. Secrets are bound to their
place, so each is encrypted anew for its new one.

Revises: 0004
"""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from alembic import context, op

from storage.vault import Place, Vault

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_companies = sa.table(
    "companies",
    *(sa.column(name) for name in ("id", "organisation_id", "provider", "external_id")),
    *(sa.column(name) for name in ("name", "connected_by", "secret", "grant_id")),
)
_organisations = sa.table("organisations", sa.column("id"), sa.column("team_id"))
_grants = sa.table("grants", *(sa.column(n) for n in ("id", "provider", "subject", "secret")))
_grant_companies = sa.table(
    "grant_companies",
    *(sa.column(name) for name in ("grant_id", "external_id", "provider", "name")),
    *(sa.column(name) for name in ("connection_id", "team_id", "authorised_by")),
)
_outbox = sa.table("outbox", *(sa.column(name) for name in ("key", "text", "blocks")))


def upgrade() -> None:
    _create_grants()
    _create_grant_companies()
    _add_columns()
    _move_secrets()
    with op.batch_alter_table("companies") as batch:
        batch.drop_column("secret")
    _rewrite_outbox(_sealed)


def downgrade() -> None:
    _rewrite_outbox(lambda _place, _stored: "")
    with op.batch_alter_table("companies") as batch:
        batch.add_column(sa.Column("secret", sa.Text(), nullable=True))
    op.drop_index("ix_companies_grant_id", "companies")
    with op.batch_alter_table("companies") as batch:
        batch.drop_column("connection_id")
        batch.drop_constraint("fk_companies_grant_id", type_="foreignkey")
        batch.drop_column("grant_id")
    op.drop_table("grant_companies")
    op.drop_table("grants")


def _create_grants() -> None:
    op.create_table(
        "grants",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_grants"),
        sa.UniqueConstraint("provider", "subject", name="uq_grants_provider_subject"),
    )


def _create_grant_companies() -> None:
    op.create_table(
        "grant_companies",
        sa.Column("grant_id", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("connection_id", sa.Text(), nullable=True),
        sa.Column("team_id", sa.Text(), nullable=False),
        sa.Column("authorised_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("grant_id", "external_id", name="pk_grant_companies"),
        sa.ForeignKeyConstraint(["grant_id"], ["grants.id"], name="fk_grant_companies_grant_id"),
    )


def _add_columns() -> None:
    with op.batch_alter_table("companies") as batch:
        batch.add_column(sa.Column("grant_id", sa.Text(), nullable=True))
        batch.add_column(sa.Column("connection_id", sa.Text(), nullable=True))
        batch.create_foreign_key("fk_companies_grant_id", "grants", ["grant_id"], ["id"])
    op.create_index("ix_companies_grant_id", "companies", ["grant_id"])


def _move_secrets() -> None:
    """Make a grant of each stored secret, with the company's own id."""
    bind, c = op.get_bind(), _companies.c
    rows = bind.execute(
        sa.select(_companies, _organisations.c.team_id)
        .join(_organisations, _organisations.c.id == c.organisation_id)
        .where(c.secret.is_not(None))
    ).all()
    for row in rows:
        secret = _vault().decrypt(row.secret, Place("companies", "secret", row.id))
        subject = f"{row.organisation_id}:{row.external_id}"
        sealed = _vault().encrypt(secret, Place("grants", "secret", row.id))
        bind.execute(
            sa.insert(_grants).values(
                id=row.id, provider=row.provider, subject=subject, secret=sealed
            )
        )
        bind.execute(
            sa.insert(_grant_companies).values(
                grant_id=row.id,
                external_id=row.external_id,
                provider=row.provider,
                name=row.name,
                team_id=row.team_id,
                authorised_by=row.connected_by or "",
            )
        )
        bind.execute(sa.update(_companies).where(c.id == row.id).values(grant_id=row.id))


def _rewrite_outbox(rewrite: Callable[[Place, str], str]) -> None:
    bind, c = op.get_bind(), _outbox.c
    for row in bind.execute(sa.select(_outbox)).all():
        bind.execute(
            sa.update(_outbox)
            .where(c.key == row.key)
            .values(
                text=rewrite(Place("outbox", "text", row.key), row.text),
                blocks=rewrite(Place("outbox", "blocks", row.key), row.blocks),
            )
        )


def _sealed(place: Place, words: str) -> str:
    return _vault().encrypt(words, place)


def _vault() -> Vault:
    vault = context.config.attributes.get("vault")
    if not isinstance(vault, Vault):
        message = "this revision moves secrets and needs the keys of INTEGRAL_SECRET_KEYS"
        raise TypeError(message)
    return vault
