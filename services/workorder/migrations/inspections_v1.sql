CREATE TABLE inspection_templates (
    id uuid NOT NULL DEFAULT uuidv7(),
    store_id uuid NOT NULL,
    order_kind text NOT NULL,
    revision integer,
    name jsonb NOT NULL,
    items jsonb NOT NULL,
    published_at timestamptz,
    published_by text,
    version integer NOT NULL DEFAULT 1,
    source text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT inspection_templates_pkey PRIMARY KEY (id),
    CONSTRAINT inspection_templates_store_id_id_key UNIQUE (store_id, id),
    CONSTRAINT inspection_templates_store_id_order_kind_revision_key UNIQUE (store_id, order_kind, revision),
    CONSTRAINT inspection_templates_order_kind_check
        CHECK (order_kind IN ('maintenance', 'repair', 'accident', 'warranty', 'pdi', 'campaign')),
    CONSTRAINT inspection_templates_published_check
        CHECK ((revision IS NULL) = (published_at IS NULL) AND (revision IS NULL) = (published_by IS NULL))
);

CREATE TABLE inspections (
    id uuid NOT NULL DEFAULT uuidv7(),
    store_id uuid NOT NULL,
    order_id uuid NOT NULL,
    template_id uuid NOT NULL,
    technician text NOT NULL,
    completed_at timestamptz,
    completed_by text,
    version integer NOT NULL DEFAULT 1,
    source text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT inspections_pkey PRIMARY KEY (id),
    CONSTRAINT inspections_store_id_id_key UNIQUE (store_id, id),
    CONSTRAINT inspections_store_id_order_id_fkey
        FOREIGN KEY (store_id, order_id) REFERENCES repair_orders (store_id, id),
    CONSTRAINT inspections_store_id_template_id_fkey
        FOREIGN KEY (store_id, template_id) REFERENCES inspection_templates (store_id, id),
    CONSTRAINT inspections_completed_check CHECK ((completed_at IS NULL) = (completed_by IS NULL))
);
CREATE INDEX inspections_order_id_idx ON inspections (store_id, order_id);
CREATE UNIQUE INDEX inspections_open_key ON inspections (store_id, order_id) WHERE completed_at IS NULL;

CREATE TABLE inspection_items (
    id uuid NOT NULL DEFAULT uuidv7(),
    store_id uuid NOT NULL,
    inspection_id uuid NOT NULL,
    position integer NOT NULL,
    code text NOT NULL,
    result text,
    value numeric(12, 4),
    evidence text,
    note text,
    answered_by text,
    answered_at timestamptz,
    CONSTRAINT inspection_items_pkey PRIMARY KEY (id),
    CONSTRAINT inspection_items_store_id_id_key UNIQUE (store_id, id),
    CONSTRAINT inspection_items_store_id_inspection_id_code_key UNIQUE (store_id, inspection_id, code),
    CONSTRAINT inspection_items_store_id_inspection_id_fkey
        FOREIGN KEY (store_id, inspection_id) REFERENCES inspections (store_id, id),
    CONSTRAINT inspection_items_result_check CHECK (result IN ('green', 'yellow', 'red', 'not_applicable')),
    CONSTRAINT inspection_items_answered_check CHECK (result IS NULL OR answered_at IS NOT NULL)
);

CREATE TABLE findings (
    id uuid NOT NULL DEFAULT uuidv7(),
    store_id uuid NOT NULL,
    order_id uuid NOT NULL,
    inspection_item_id uuid,
    finding_source text NOT NULL,
    fault_kind text NOT NULL,
    stage text NOT NULL,
    finder text NOT NULL,
    description text NOT NULL,
    evidence text,
    priority text NOT NULL,
    part_shown_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    source text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT findings_pkey PRIMARY KEY (id),
    CONSTRAINT findings_store_id_id_key UNIQUE (store_id, id),
    CONSTRAINT findings_store_id_order_id_fkey
        FOREIGN KEY (store_id, order_id) REFERENCES repair_orders (store_id, id),
    CONSTRAINT findings_store_id_inspection_item_id_fkey
        FOREIGN KEY (store_id, inspection_item_id) REFERENCES inspection_items (store_id, id),
    CONSTRAINT findings_finding_source_check CHECK (finding_source IN ('targeted', 'incidental')),
    CONSTRAINT findings_fault_kind_check CHECK (fault_kind IN ('related', 'other', 'hidden')),
    CONSTRAINT findings_stage_check
        CHECK (stage IN ('reception', 'maintenance', 'repair', 'road_test', 'final_check')),
    CONSTRAINT findings_priority_check CHECK (priority IN ('safety', 'soon', 'comfort'))
);
CREATE INDEX findings_order_id_idx ON findings (store_id, order_id);

CREATE TABLE finding_history (
    store_id uuid NOT NULL,
    id uuid NOT NULL,
    version integer NOT NULL,
    superseded_at timestamptz NOT NULL DEFAULT now(),
    state jsonb NOT NULL,
    CONSTRAINT finding_history_pkey PRIMARY KEY (store_id, id, version)
);

CREATE TABLE related_work_rules (
    id uuid NOT NULL DEFAULT uuidv7(),
    store_id uuid NOT NULL,
    operation_code text NOT NULL,
    related jsonb NOT NULL,
    version integer NOT NULL DEFAULT 1,
    source text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT related_work_rules_pkey PRIMARY KEY (id),
    CONSTRAINT related_work_rules_store_id_operation_code_key UNIQUE (store_id, operation_code)
);

CREATE TABLE related_work_rule_history (
    store_id uuid NOT NULL,
    id uuid NOT NULL,
    version integer NOT NULL,
    superseded_at timestamptz NOT NULL DEFAULT now(),
    state jsonb NOT NULL,
    CONSTRAINT related_work_rule_history_pkey PRIMARY KEY (store_id, id, version)
);

CREATE TABLE related_work (
    id uuid NOT NULL DEFAULT uuidv7(),
    store_id uuid NOT NULL,
    finding_id uuid NOT NULL,
    because_of text NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    reason text,
    state text NOT NULL,
    needed boolean,
    decision_note text,
    decided_by text,
    decided_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    source text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT related_work_pkey PRIMARY KEY (id),
    CONSTRAINT related_work_store_id_finding_id_code_key UNIQUE (store_id, finding_id, code),
    CONSTRAINT related_work_store_id_finding_id_fkey
        FOREIGN KEY (store_id, finding_id) REFERENCES findings (store_id, id),
    CONSTRAINT related_work_state_check CHECK (CASE state
        WHEN 'open' THEN needed IS NULL AND decided_by IS NULL AND decided_at IS NULL
        WHEN 'assessed' THEN needed IS NOT NULL AND decided_by IS NOT NULL AND decided_at IS NOT NULL
        WHEN 'waived' THEN needed IS NULL AND decision_note IS NOT NULL AND decided_by IS NOT NULL
            AND decided_at IS NOT NULL
        ELSE false
    END)
);
CREATE INDEX related_work_open_idx ON related_work (store_id, id) WHERE state = 'open';

CREATE TABLE related_work_history (
    store_id uuid NOT NULL,
    id uuid NOT NULL,
    version integer NOT NULL,
    superseded_at timestamptz NOT NULL DEFAULT now(),
    state jsonb NOT NULL,
    CONSTRAINT related_work_history_pkey PRIMARY KEY (store_id, id, version)
);

ALTER TABLE upsells ADD COLUMN finding_id uuid;

-- NOT VALID: there is nothing to check yet, since the new column is empty everywhere
ALTER TABLE upsells ADD CONSTRAINT upsells_store_id_finding_id_fkey
    FOREIGN KEY (store_id, finding_id) REFERENCES findings (store_id, id) NOT VALID;
