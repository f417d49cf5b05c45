# SPDX-License-Identifier: Apache-2.0
"""Boards know the port.bin that they were given."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the column; of boards that are there already it is not known."""
    op.add_column("boards", sa.Column("port_sha256", sa.String(64), nullable=False, server_default=""))
