CREATE TABLE employee (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    store_id uuid NOT NULL,
    number text NOT NULL,
    name text NOT NULL,
    hired_on date,
    left_on date,
    version integer NOT NULL DEFAULT 1,
    source text NOT NULL,
    import_id uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, number),
    CHECK (left_on >= hired_on)
);
CREATE TABLE employee_terms (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    store_id uuid NOT NULL,
    employee text NOT NULL,
    valid_from date NOT NULL,
    post text NOT NULL,
    team text,
    coefficient numeric CHECK (coefficient >= 0),
    probation_until date,
    base_pay numeric(14, 2) CHECK (base_pay >= 0),
    version integer NOT NULL DEFAULT 1,
    recorded_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, employee, valid_from),
    FOREIGN KEY (store_id, employee) REFERENCES employee (store_id, number)
);
CREATE TABLE employee_history (
    store_id uuid NOT NULL,
    number text NOT NULL,
    version integer NOT NULL,
    state jsonb NOT NULL,
    replaced_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (store_id, number, version)
);
CREATE TABLE team (
    store_id uuid NOT NULL,
    name text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (store_id, name)
);
CREATE TABLE target (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    store_id uuid NOT NULL,
    month text NOT NULL CHECK (month ~ '^\d{4}-(0[1-9]|1[0-2])$'),
    subject text NOT NULL,
    metric text NOT NULL,
    value numeric NOT NULL CHECK (value >= 0),
    signed_on date,
    signed_by text,
    version integer NOT NULL DEFAULT 1,
    source text NOT NULL,
    import_id uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, month, subject, metric)
);
CREATE TABLE target_history (
    store_id uuid NOT NULL,
    target_id uuid NOT NULL,
    version integer NOT NULL,
    state jsonb NOT NULL,
    replaced_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (store_id, target_id, version)
);
CREATE TABLE review_score (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    store_id uuid NOT NULL,
    month text NOT NULL CHECK (month ~ '^\d{4}-(0[1-9]|1[0-2])$'),
    employee text NOT NULL,
    score numeric NOT NULL CHECK (score BETWEEN 0 AND 100),
    version integer NOT NULL DEFAULT 1,
    source text NOT NULL,
    import_id uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, month, employee)
);
CREATE TABLE review_score_history (
    store_id uuid NOT NULL,
    review_score_id uuid NOT NULL,
    version integer NOT NULL,
    state jsonb NOT NULL,
    replaced_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (store_id, review_score_id, version)
);
CREATE TABLE plan (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    store_id uuid NOT NULL,
    name text NOT NULL,
    template text,
    status text NOT NULL CHECK (status IN ('draft', 'active')),
    text text NOT NULL,
    examples jsonb NOT NULL,
    canonical jsonb NOT NULL,
    parameters jsonb NOT NULL,
    content_hash text NOT NULL,
    effective_from date,
    created_by text NOT NULL,
    activated_by text,
    activated_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, id),
    CHECK ((status = 'active') = (effective_from IS NOT NULL AND activated_at IS NOT NULL))
);
CREATE UNIQUE INDEX plan_active_from ON plan (store_id, effective_from) WHERE status = 'active';
CREATE FUNCTION plan_text_is_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the text and the examples of a plan never change: create another plan' USING ERRCODE = '23514';
END $$;
CREATE TRIGGER plan_text_is_immutable BEFORE UPDATE ON plan FOR EACH ROW
WHEN ((OLD.text, OLD.examples, OLD.canonical, OLD.content_hash)
    IS DISTINCT FROM (NEW.text, NEW.examples, NEW.canonical, NEW.content_hash)
    OR OLD.status = 'active')
EXECUTE FUNCTION plan_text_is_immutable();
CREATE TABLE order_copy (
    store_id uuid NOT NULL,
    number text NOT NULL,
    source text NOT NULL,
    source_id text,
    kind text NOT NULL,
    state text NOT NULL,
    cancelled boolean NOT NULL,
    advisor text,
    opened_on date NOT NULL,
    settled_on date,
    left_on date,
    customer text,
    vin text,
    version integer NOT NULL,
    PRIMARY KEY (store_id, number)
);
CREATE INDEX order_copy_opened ON order_copy (store_id, opened_on);
CREATE INDEX order_copy_settled ON order_copy (store_id, settled_on);
CREATE INDEX order_copy_left ON order_copy (store_id, left_on);
CREATE INDEX order_copy_customer ON order_copy (store_id, customer);
CREATE TABLE customer_copy (
    store_id uuid NOT NULL,
    number text NOT NULL,
    source_id text,
    merged_into text,
    survivor text NOT NULL,
    version integer NOT NULL,
    PRIMARY KEY (store_id, number)
);
CREATE INDEX customer_copy_merged_into ON customer_copy (store_id, merged_into);
CREATE INDEX customer_copy_survivor ON customer_copy (store_id, survivor);
CREATE TABLE fact (
    id uuid NOT NULL,
    store_id uuid NOT NULL,
    kind text NOT NULL,
    subject text NOT NULL,
    version integer NOT NULL,
    source text NOT NULL,
    event_id uuid NOT NULL,
    order_number text,
    person text,
    team text,
    occurred_on date,
    amount numeric,
    hours numeric,
    attributes jsonb NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (store_id, id),
    UNIQUE (store_id, kind, subject)
);
CREATE INDEX fact_occurred ON fact (store_id, occurred_on);
CREATE INDEX fact_order ON fact (store_id, order_number);
CREATE TABLE fact_history (
    store_id uuid NOT NULL,
    kind text NOT NULL,
    subject text NOT NULL,
    version integer NOT NULL,
    state jsonb NOT NULL,
    PRIMARY KEY (store_id, kind, subject, version)
);
CREATE TABLE upsell_copy (
    store_id uuid NOT NULL,
    subject text NOT NULL,
    number text NOT NULL,
    order_number text NOT NULL,
    upsell_source text,
    stage text,
    finder text,
    advisor text,
    decision text,
    decided_by_method text,
    amount numeric,
    operation_name text,
    line_numbers jsonb NOT NULL,
    version integer NOT NULL,
    PRIMARY KEY (store_id, subject)
);
CREATE INDEX upsell_copy_order ON upsell_copy (store_id, order_number);
CREATE TABLE response_copy (
    store_id uuid NOT NULL,
    subject text NOT NULL,
    order_number text NOT NULL,
    advisor text,
    questionnaire text NOT NULL,
    submitted_on date NOT NULL,
    csi numeric,
    answers jsonb NOT NULL,
    version integer NOT NULL,
    PRIMARY KEY (store_id, subject)
);
CREATE INDEX response_copy_order ON response_copy (store_id, order_number);
CREATE TABLE run (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    store_id uuid NOT NULL,
    month text NOT NULL CHECK (month ~ '^\d{4}-(0[1-9]|1[0-2])$'),
    status text NOT NULL CHECK (status IN ('queued', 'running', 'completed', 'failed')),
    problem jsonb,
    plan_id uuid,
    plan_hash text,
    feed_cursors jsonb,
    hash text,
    total numeric(14, 2),
    figures jsonb,
    pools jsonb,
    warnings jsonb,
    requested_by text NOT NULL,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    completed_at timestamptz,
    UNIQUE (store_id, id),
    FOREIGN KEY (store_id, plan_id) REFERENCES plan (store_id, id),
    CHECK (status <> 'completed' OR (hash IS NOT NULL AND total IS NOT NULL AND plan_id IS NOT NULL)),
    CHECK ((status = 'failed') = (problem IS NOT NULL))
);
CREATE INDEX run_of_month ON run (store_id, month, completed_at DESC) WHERE status = 'completed';
CREATE TABLE pay_line (
    store_id uuid NOT NULL,
    run_id uuid NOT NULL,
    ordinal integer NOT NULL,
    id uuid NOT NULL DEFAULT uuidv7(),
    employee text NOT NULL,
    component text NOT NULL,
    clause text NOT NULL,
    amount numeric(14, 2) NOT NULL,
    node text NOT NULL,
    name text NOT NULL,
    fact_nodes text[] NOT NULL,
    PRIMARY KEY (store_id, run_id, ordinal),
    FOREIGN KEY (store_id, run_id) REFERENCES run (store_id, id)
);
CREATE UNIQUE INDEX pay_line_id ON pay_line (store_id, id);
CREATE INDEX pay_line_employee ON pay_line (store_id, employee, run_id);
CREATE TABLE trace_node (
    store_id uuid NOT NULL,
    run_id uuid NOT NULL,
    node text NOT NULL,
    ordinal integer NOT NULL,
    body jsonb NOT NULL,
    PRIMARY KEY (store_id, run_id, node),
    FOREIGN KEY (store_id, run_id) REFERENCES run (store_id, id)
);
CREATE TABLE fact_use (
    store_id uuid NOT NULL,
    fact_id uuid NOT NULL,
    run_id uuid NOT NULL,
    node text NOT NULL,
    selection smallint NOT NULL,
    version integer NOT NULL,
    order_version integer,
    PRIMARY KEY (store_id, fact_id, run_id, node, selection)
);
