"""Every command of ``integral``, one line each; what it does is in its own module."""

from __future__ import annotations

import typer

from bot.cli import access, books, demo, doctor, journalize, serve, setup, upkeep

app = typer.Typer(
    name="integral",
    help="Integral for Slack: transactions in, balanced journal entries into your ERP, once.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    add_completion=False,
)
app.command(context_settings=demo.PASSES_ON)(demo.demo)
app.command()(setup.setup)
app.command("owner-code")(access.owner_code)
app.add_typer(access.tokens, name="token")
app.command()(serve.serve)
app.command()(upkeep.migrate)
app.command()(doctor.doctor)
app.command("import")(books.import_file)
app.command()(journalize.journalize)
app.command()(books.preview)
app.command()(books.sync)
app.command()(books.status)
app.command()(books.export)
app.add_typer(upkeep.keys, name="keys")
