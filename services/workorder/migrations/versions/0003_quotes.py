"""Quote revisions, approval links, and decisions bound to a revision."""

from alembic import op

from chassis.database import store_policy

revision = "0003"
down_revision = "0002"

TABLES = {
    "quotes": """
        id uuid NOT NULL DEFAULT uuidv7(),
        store_id uuid NOT NULL,
        order_id uuid NOT NULL,
        number integer NOT NULL,
        currency text NOT NULL,
        explained_by text[] NOT NULL,
        valid_until timestamptz NOT NULL,
        ready_by timestamptz,
        note text,
        content_hash text NOT NULL,
        made_by text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT quotes_pkey PRIMARY KEY (id),
        CONSTRAINT quotes_store_id_id_key UNIQUE (store_id, id),
        CONSTRAINT quotes_store_id_order_id_number_key UNIQUE (store_id, order_id, number),
        CONSTRAINT quotes_store_id_order_id_fkey
            FOREIGN KEY (store_id, order_id) REFERENCES repair_orders (store_id, id)
    """,
    "quote_items": """
        store_id uuid NOT NULL,
        quote_id uuid NOT NULL,
        upsell_id uuid NOT NULL,
        place integer NOT NULL,
        upsell_number text NOT NULL,
        name text NOT NULL,
        why text NOT NULL,
        if_not_done text NOT NULL,
        minutes integer NOT NULL,
        amount numeric(17, 2) NOT NULL,
        customer_share numeric(17, 2) NOT NULL,
        lines jsonb NOT NULL,
        CONSTRAINT quote_items_pkey PRIMARY KEY (store_id, quote_id, upsell_id),
        CONSTRAINT quote_items_store_id_quote_id_fkey
            FOREIGN KEY (store_id, quote_id) REFERENCES quotes (store_id, id),
        CONSTRAINT quote_items_store_id_upsell_id_fkey
            FOREIGN KEY (store_id, upsell_id) REFERENCES upsells (store_id, id)
    """,
    "approval_links": """
        id uuid NOT NULL DEFAULT uuidv7(),
        store_id uuid NOT NULL,
        quote_id uuid NOT NULL,
        token_hash bytea NOT NULL,
        expires_at timestamptz NOT NULL,
        revoked_at timestamptz,
        revoked_by text,
        used_at timestamptz,
        made_by text NOT NULL,
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT approval_links_pkey PRIMARY KEY (id),
        CONSTRAINT approval_links_store_id_id_key UNIQUE (store_id, id),
        CONSTRAINT approval_links_store_id_token_hash_key UNIQUE (store_id, token_hash),
        CONSTRAINT approval_links_store_id_quote_id_fkey
            FOREIGN KEY (store_id, quote_id) REFERENCES quotes (store_id, id),
        CONSTRAINT approval_links_revoked_check CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
    """,
    "quote_decisions": """
        id uuid NOT NULL DEFAULT uuidv7(),
        store_id uuid NOT NULL,
        quote_id uuid NOT NULL,
        upsell_id uuid NOT NULL,
        decision text NOT NULL,
        method text NOT NULL,
        decided_by text NOT NULL,
        taken_by text,
        link_id uuid,
        decided_at timestamptz NOT NULL,
        called_at timestamptz,
        reason text,
        priority text,
        follow_up_on date,
        CONSTRAINT quote_decisions_pkey PRIMARY KEY (id),
        CONSTRAINT quote_decisions_item_fkey
            FOREIGN KEY (store_id, quote_id, upsell_id) REFERENCES quote_items (store_id, quote_id, upsell_id),
        CONSTRAINT quote_decisions_store_id_link_id_fkey
            FOREIGN KEY (store_id, link_id) REFERENCES approval_links (store_id, id),
        CONSTRAINT quote_decisions_decision_check CHECK (decision IN ('approved', 'declined', 'deferred')),
        CONSTRAINT quote_decisions_method_check
            CHECK (method IN ('in_person_signature', 'sms_link', 'phone', 'contract')),
        CONSTRAINT quote_decisions_taken_check
            CHECK ((method = 'sms_link') = (link_id IS NOT NULL) AND (link_id IS NULL) = (taken_by IS NOT NULL)),
        CONSTRAINT quote_decisions_called_check CHECK (called_at IS NULL OR method = 'phone'),
        CONSTRAINT quote_decisions_priority_check CHECK (priority IN ('safety', 'soon', 'comfort'))
    """,
}
INDEXES = (
    "CREATE INDEX quote_items_upsell_id_idx ON quote_items (store_id, upsell_id)",
    "CREATE INDEX approval_links_quote_id_idx ON approval_links (store_id, quote_id)",
    "CREATE INDEX quote_decisions_quote_id_idx ON quote_decisions (store_id, quote_id)",
    "CREATE UNIQUE INDEX quote_decisions_upsell_id_decision_idx ON quote_decisions (store_id, upsell_id, decision)",
)
IMMUTABLE = ("quotes", "quote_items", "quote_decisions")


def upgrade() -> None:
    for table, columns in TABLES.items():
        op.execute(f"CREATE TABLE {table} ({columns})")
    for statement in (*INDEXES, *(each for table in TABLES for each in store_policy(table))):
        op.execute(statement)
    op.execute("""
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'A row of % is never changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
        END $$
    """)
    for table in IMMUTABLE:
        op.execute(
            f"CREATE TRIGGER {table}_immutable BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}")
    op.execute("DROP FUNCTION refuse_change()")
