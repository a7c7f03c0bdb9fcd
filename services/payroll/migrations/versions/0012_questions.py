"""Questions about closed statements: what they are about never changes, nor what was said.

Revision ID: 0012
Revises: 0011
"""

from alembic import op

from chassis.database import store_policy

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_IS_MONTH = r"~ '^\d{4}-(0[1-9]|1[0-2])$'"
_KINDS = (
    "'fact', 'order', 'terms', 'target', 'review_score', 'measure', 'pay_item', 'attendance', 'parameter', 'adjustment'"
)
TABLES = {
    "question": f"""
        store_id uuid NOT NULL,
        id uuid NOT NULL DEFAULT uuidv7(),
        month text NOT NULL,
        revision integer NOT NULL,
        employee text NOT NULL,
        line text,
        component text,
        of_month text NOT NULL CHECK (of_month {_IS_MONTH}),
        name text NOT NULL,
        english text NOT NULL,
        amount numeric(14, 2) NOT NULL,
        state text NOT NULL
            CHECK (state IN ('asked', 'answered', 'asked_again', 'to_correct', 'settled', 'withdrawn')),
        settled_by text CHECK (settled_by IN ('acceptance', 'decision')),
        asked_again boolean NOT NULL,
        answer_until timestamptz NOT NULL,
        escalates_at timestamptz NOT NULL,
        answered_at timestamptz,
        settles_at timestamptz,
        repair_kind text CHECK (repair_kind IN ({_KINDS})),
        repair_key text,
        expected_month text CHECK (expected_month {_IS_MONTH}),
        told_overdue boolean NOT NULL,
        told_escalated boolean NOT NULL,
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (store_id, id),
        FOREIGN KEY (store_id, month, revision, employee) REFERENCES statement (store_id, month, revision, employee),
        CHECK ((line IS NULL) = (component IS NULL)),
        CHECK ((state = 'settled') = (settled_by IS NOT NULL)),
        CHECK ((state = 'answered') = (settles_at IS NOT NULL)),
        CHECK (state NOT IN ('answered', 'to_correct') OR answered_at IS NOT NULL),
        CHECK (num_nonnulls(repair_kind, repair_key, expected_month) = CASE state WHEN 'to_correct' THEN 3 ELSE 0 END)
    """,
    "question_message": f"""
        store_id uuid NOT NULL,
        question_id uuid NOT NULL,
        version integer NOT NULL,
        what text NOT NULL
            CHECK (what IN ('asked', 'answered', 'accepted', 'asked_again', 'decided', 'withdrawn')),
        person text NOT NULL,
        text text,
        finding text CHECK (finding IN ('as_paid', 'to_correct')),
        repair_kind text CHECK (repair_kind IN ({_KINDS})),
        repair_key text,
        expected_month text CHECK (expected_month {_IS_MONTH}),
        alone_because text,
        at timestamptz NOT NULL,
        PRIMARY KEY (store_id, question_id, version),
        FOREIGN KEY (store_id, question_id) REFERENCES question (store_id, id),
        CHECK ((what IN ('answered', 'decided')) = (finding IS NOT NULL)),
        CHECK (what IN ('accepted', 'withdrawn') OR text IS NOT NULL),
        CHECK (num_nonnulls(repair_kind, repair_key, expected_month)
            = CASE finding WHEN 'to_correct' THEN 3 ELSE 0 END)
    """,
    "question_clock": """
        store_id uuid NOT NULL,
        valid_from date NOT NULL,
        answer_days integer NOT NULL CHECK (answer_days > 0),
        escalation_days integer NOT NULL CHECK (escalation_days >= answer_days),
        asking_days integer NOT NULL CHECK (asking_days > 0),
        settling_days integer NOT NULL CHECK (settling_days > 0),
        set_by text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (store_id, valid_from)
    """,
}
_FIXED = (
    "store_id",
    "id",
    "month",
    "revision",
    "employee",
    "line",
    "component",
    "of_month",
    "name",
    "english",
    "amount",
)
_INDEXES = (
    """
    CREATE UNIQUE INDEX question_once ON question (store_id, month, revision, employee, line)
    NULLS NOT DISTINCT WHERE state <> 'withdrawn'
    """,
    "CREATE INDEX question_of_employee ON question (store_id, employee, id)",
    "CREATE TRIGGER question_stays BEFORE DELETE ON question FOR EACH ROW EXECUTE FUNCTION refuse_change()",
)


def upgrade() -> None:
    for table, columns in TABLES.items():
        op.execute(f"CREATE TABLE {table} ({columns})")
        for statement in store_policy(table):
            op.execute(statement)
    for statement in _INDEXES:
        op.execute(statement)
    old, new = (", ".join(f"{row}.{name}" for name in _FIXED) for row in ("OLD", "NEW"))
    op.execute(f"""
        CREATE TRIGGER question_is_what_was_asked BEFORE UPDATE ON question FOR EACH ROW
        WHEN (({old}) IS DISTINCT FROM ({new}) OR OLD.state IN ('settled', 'withdrawn'))
        EXECUTE FUNCTION refuse_change()
    """)
    for table in ("question_message", "question_clock"):
        op.execute(
            f"CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}")
