"""Works know which fields of their Record a person set."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the column; nobody had edited anything before."""
    op.add_column("works", sa.Column("edited", sa.Text))
