"""Sets in the order of change: lists of a large set come from one index."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Put each member's datestamp and withdrawal beside its sets, and add the parent sets."""
    op.execute("CREATE TEMPORARY TABLE before AS SELECT set_spec, work FROM work_sets")
    op.drop_table("work_sets")
    op.create_table(
        "work_sets",
        sa.Column("set_spec", sa.Text, primary_key=True),
        sa.Column("work", sa.Text, sa.ForeignKey("works.id"), primary_key=True),
        sa.Column("changed", sa.BigInteger, nullable=False),
        sa.Column("withdrawn", sa.Boolean, nullable=False),
    )
    for name in ("before.set_spec", *(f"'{parent}'" for parent in _PARENTS)):
        members = "" if name == "before.set_spec" else f"WHERE before.set_spec LIKE {name} || ':%'"
        op.execute(
            f"INSERT INTO work_sets SELECT DISTINCT {name}, works.id, works.changed,"  # noqa: S608
            " works.withdrawal_at IS NOT NULL FROM before"
            f" JOIN works ON works.id = before.work {members}"
        )
    op.execute("DROP TABLE before")
    op.create_index("work_sets_work", "work_sets", ["work"])
    op.create_index("work_sets_changed", "work_sets", ["set_spec", "changed", "work", "withdrawn"])
    op.drop_index("works_changed", "works")
    op.create_index("works_changed", "works", ["changed", "id", "page_count"])
    op.create_index("works_public", "works", ["withdrawal_at", "page_count"])


_PARENTS = ("type", "collection", "district")
