"""What a selection of a run counted stands in one row, not one for each fact; it is read as it was before.

Revision ID: 0020
Revises: 0019
"""

from alembic import op

from chassis.database import store_policy

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_TABLE = """
    CREATE TABLE fact_selection (
        store_id uuid NOT NULL,
        run_id uuid NOT NULL,
        node text NOT NULL,
        selection smallint NOT NULL,
        facts uuid[] STORAGE EXTERNAL NOT NULL,
        versions integer[] NOT NULL,
        order_versions integer[] NOT NULL,
        CONSTRAINT fact_selection_pkey PRIMARY KEY (store_id, run_id, node, selection),
        CONSTRAINT fact_selection_run_fkey FOREIGN KEY (store_id, run_id) REFERENCES run (store_id, id),
        CONSTRAINT fact_selection_check CHECK (
            cardinality(facts) = cardinality(versions) AND cardinality(facts) = cardinality(order_versions))
    )
"""
_KNOWN = """
    INSERT INTO fact_selection (store_id, run_id, node, selection, facts, versions, order_versions)
    SELECT store_id, run_id, node, selection, array_agg(fact_id ORDER BY fact_id),
        array_agg(version ORDER BY fact_id), array_agg(order_version ORDER BY fact_id)
    FROM fact_use GROUP BY store_id, run_id, node, selection
"""
_VIEW = """
    CREATE VIEW fact_use WITH (security_invoker = true) AS
    SELECT s.store_id, u.fact_id, s.run_id, s.node, s.selection, u.version, u.order_version
    FROM fact_selection s
    CROSS JOIN LATERAL unnest(s.facts, s.versions, s.order_versions) AS u (fact_id, version, order_version)
"""
_BEFORE = """
    CREATE TABLE fact_use (
        store_id uuid NOT NULL,
        fact_id uuid NOT NULL,
        run_id uuid NOT NULL,
        node text NOT NULL,
        selection smallint NOT NULL,
        version integer NOT NULL,
        order_version integer,
        CONSTRAINT fact_use_pkey PRIMARY KEY (store_id, fact_id, run_id, node, selection)
    )
"""
_BACK = """
    INSERT INTO fact_use (store_id, fact_id, run_id, node, selection, version, order_version)
    SELECT s.store_id, u.fact_id, s.run_id, s.node, s.selection, u.version, u.order_version
    FROM fact_selection s
    CROSS JOIN LATERAL unnest(s.facts, s.versions, s.order_versions) AS u (fact_id, version, order_version)
"""


def upgrade() -> None:
    op.execute(_TABLE)
    _replace("fact_use", "fact_selection", _KNOWN)
    op.execute("-- squawk-ignore ban-drop-table\nDROP TABLE fact_use")
    op.execute(_VIEW)


def downgrade() -> None:
    op.execute("DROP VIEW fact_use")
    op.execute(_BEFORE)
    _replace("fact_selection", "fact_use", _BACK)
    op.execute("DROP TABLE fact_selection")
    op.execute("CREATE INDEX fact_use_of_node ON fact_use (store_id, run_id, node, fact_id)")


def _replace(old: str, new: str, moved: str) -> None:
    """Their owner is held to a store as everyone is, and here belongs to none."""
    for statement in store_policy(new):
        op.execute(statement)
    for table in (old, new):
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(moved)
    for table in (old, new):
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE ON {new} FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
