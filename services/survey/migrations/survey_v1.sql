CREATE TABLE questionnaire (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    store_id uuid NOT NULL,
    code text NOT NULL CHECK (code ~ '^[a-z][a-z0-9-]{0,59}$'),
    version int NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, code),
    UNIQUE (store_id, id)
);

CREATE TABLE questionnaire_version (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    store_id uuid NOT NULL,
    questionnaire_id uuid NOT NULL,
    number int NOT NULL CHECK (number >= 1),
    state text NOT NULL CHECK (state IN ('draft', 'published')),
    content jsonb NOT NULL,
    content_hash text NOT NULL,
    published_at timestamptz,
    published_by text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CHECK ((state = 'published') = (published_at IS NOT NULL AND published_by IS NOT NULL)),
    UNIQUE (store_id, questionnaire_id, number),
    UNIQUE (store_id, id),
    FOREIGN KEY (store_id, questionnaire_id) REFERENCES questionnaire (store_id, id)
);

CREATE UNIQUE INDEX one_draft ON questionnaire_version (store_id, questionnaire_id) WHERE state = 'draft';

CREATE FUNCTION keep_published_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF old.state = 'published' THEN
        RAISE EXCEPTION 'version % is published and never changes', old.number USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN old ELSE new END;
END
$$;

CREATE TRIGGER published_is_immutable BEFORE UPDATE OR DELETE ON questionnaire_version
    FOR EACH ROW EXECUTE FUNCTION keep_published_version();

CREATE TABLE response (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    store_id uuid NOT NULL,
    questionnaire_id uuid NOT NULL,
    questionnaire_version_id uuid NOT NULL,
    questionnaire text NOT NULL,
    questionnaire_version int NOT NULL,
    source text NOT NULL,
    order_number text NOT NULL,
    submitted_at timestamptz NOT NULL,
    submitted_on date NOT NULL,
    channel text NOT NULL CHECK (channel IN ('dms', 'sms', 'wechat', 'qr', 'phone', 'paper')),
    agent text,
    answers jsonb NOT NULL CHECK (jsonb_typeof(answers) = 'object'),
    comment text,
    csi numeric(8, 4) CHECK (csi BETWEEN 100 AND 1000),
    nps smallint CHECK (nps BETWEEN 0 AND 10),
    content_hash text NOT NULL,
    import_id uuid,
    version int NOT NULL DEFAULT 1 CHECK (version >= 1),
    order_known boolean NOT NULL,
    order_id uuid,
    order_kind text,
    advisor text,
    customer_number text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, questionnaire_id, order_number),
    FOREIGN KEY (store_id, questionnaire_version_id) REFERENCES questionnaire_version (store_id, id)
);

CREATE INDEX response_by_order ON response (store_id, order_number);

CREATE INDEX response_by_time ON response (store_id, submitted_at, id);

CREATE INDEX response_by_day ON response (store_id, submitted_on);

CREATE INDEX response_by_advisor ON response (store_id, advisor, submitted_on);

CREATE INDEX response_by_customer ON response (store_id, customer_number, submitted_at);

CREATE INDEX response_waiting ON response (store_id, submitted_at, id) WHERE NOT order_known;

CREATE TABLE response_history (
    store_id uuid NOT NULL,
    response_id uuid NOT NULL,
    version int NOT NULL,
    state jsonb NOT NULL,
    replaced_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (store_id, response_id, version)
);

CREATE TABLE order_copy (
    store_id uuid NOT NULL,
    number text NOT NULL,
    version int NOT NULL,
    order_id uuid,
    source text,
    kind text,
    cancelled boolean NOT NULL DEFAULT false,
    advisor text,
    customer_number text,
    opened_on date,
    left_on date,
    settled_on date,
    PRIMARY KEY (store_id, number)
);

CREATE INDEX order_copy_by_customer ON order_copy (store_id, customer_number);

CREATE INDEX order_copy_by_advisor ON order_copy (store_id, advisor);

CREATE INDEX order_copy_by_leaving ON order_copy (store_id, left_on);

CREATE INDEX order_copy_by_opening ON order_copy (store_id, opened_on);

CREATE TABLE customer_copy (
    store_id uuid NOT NULL,
    number text NOT NULL,
    version int NOT NULL,
    merged_into text,
    survivor text NOT NULL,
    PRIMARY KEY (store_id, number)
);

CREATE INDEX customer_copy_by_merge ON customer_copy (store_id, merged_into);

CREATE INDEX customer_copy_by_survivor ON customer_copy (store_id, survivor);
