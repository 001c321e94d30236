"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_sequence = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make every table."""
    _make_works()
    _make_pages()
    _make_order_of_change()
    _make_steps()


def _make_works() -> None:
    op.create_table(
        "works",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("identifier", sa.Text, nullable=False, unique=True),
        sa.Column("record", sa.Text, nullable=False),
        sa.Column("page_count", sa.Integer, nullable=False),
        sa.Column("changed", sa.BigInteger, nullable=False),
        sa.Column("withdrawal_reason", sa.Text),
        sa.Column("withdrawal_at", sa.BigInteger),
        sa.Column("submission", sa.Text),
        sa.Column("manifest", sa.LargeBinary),
    )
    op.create_index("works_changed", "works", ["changed", "id"])
    op.create_table(
        "work_sets",
        sa.Column("set_spec", sa.Text, primary_key=True),
        sa.Column("work", sa.Text, sa.ForeignKey("works.id"), primary_key=True),
    )
    op.create_index("work_sets_work", "work_sets", ["work"])
    op.create_table(
        "collections",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
    )


def _make_pages() -> None:
    op.create_table(
        "pages",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("work", sa.Text, sa.ForeignKey("works.id"), nullable=False),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("frame", sa.Integer),
        sa.Column("master", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("label", sa.Text),
        sa.Column("direction", sa.Text),
        sa.Column("has_text", sa.Boolean, nullable=False),
    )
    op.create_index("pages_work", "pages", ["work", "n"])
    op.create_table(
        "page_texts",
        sa.Column("page", sa.Text, sa.ForeignKey("pages.id"), primary_key=True),
        sa.Column("work", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("boxes", sa.LargeBinary, nullable=False),
        sa.Column("running_start", sa.Integer, nullable=False),
        sa.Column("running_end", sa.Integer, nullable=False),
        sa.Column("lines", sa.Text, nullable=False),
    )
    op.create_index("ix_page_texts_work", "page_texts", ["work"])


def _make_order_of_change() -> None:
    op.create_table(
        "events",
        sa.Column("id", _sequence, primary_key=True, autoincrement=True),
        sa.Column("work", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("agent", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("page", sa.Text),
        sa.Column("detail", sa.Text, nullable=False),
    )
    op.create_index("ix_events_work", "events", ["work"])
    op.create_table(
        "outbox",
        sa.Column("sequence", _sequence, primary_key=True, autoincrement=True),
        sa.Column("work", sa.Text, nullable=False),
        sa.Column("page", sa.Text),
        sqlite_autoincrement=True,
    )
    op.create_index("outbox_target", "outbox", ["work", "page"])
    op.create_table(
        "cursors",
        sa.Column("index_name", sa.Text, primary_key=True),
        sa.Column("sequence", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "secrets",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.LargeBinary, nullable=False),
    )


def _make_steps() -> None:
    op.create_table(
        "batches",
        sa.Column("id", _sequence, primary_key=True, autoincrement=True),
        sa.Column("started", sa.BigInteger, nullable=False),
        sa.Column("ended", sa.BigInteger),
        sa.Column("arguments", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "steps",
        sa.Column("page", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("work", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("batch", sa.BigInteger),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("input_digest", sa.Text, nullable=False),
        sa.Column("configuration_digest", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("lease_until", sa.BigInteger),
        sa.Column("ended", sa.BigInteger),
    )
    op.create_index("ix_steps_work", "steps", ["work"])
    op.create_index("ix_steps_batch", "steps", ["batch"])
