CREATE TABLE feed_event (
    tx xid8 NOT NULL DEFAULT pg_current_xact_id(),
    seq bigint GENERATED ALWAYS AS IDENTITY,
    id uuid NOT NULL DEFAULT uuidv7(),
    store_id uuid,
    type text NOT NULL,
    subject text NOT NULL,
    version integer NOT NULL,
    time timestamptz NOT NULL DEFAULT clock_timestamp(),
    trace_id text NOT NULL DEFAULT coalesce(current_setting('app.trace', true), ''),
    data jsonb NOT NULL,
    PRIMARY KEY (tx, seq)
);
CREATE TABLE feed_epoch (epoch uuid PRIMARY KEY DEFAULT uuidv7(), since timestamptz NOT NULL DEFAULT now());
INSERT INTO feed_epoch DEFAULT VALUES;
CREATE TABLE feed_cursor (
    source text PRIMARY KEY,
    cursor text NOT NULL DEFAULT '',
    events bigint NOT NULL DEFAULT 0,
    moved_at timestamptz,
    caught_up_at timestamptz,
    stopped_by text
);
CREATE TABLE idempotency_key (
    owner text NOT NULL,
    key text NOT NULL,
    request_hash bytea NOT NULL,
    status integer NOT NULL,
    media_type text NOT NULL,
    headers jsonb NOT NULL,
    body bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (owner, key)
);
CREATE INDEX idempotency_key_created ON idempotency_key (created_at);
