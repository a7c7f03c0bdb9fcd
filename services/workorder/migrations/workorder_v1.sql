CREATE TABLE accessory_sale_history (
    store_id uuid NOT NULL,
    id uuid NOT NULL,
    version integer NOT NULL,
    superseded_at timestamptz NOT NULL DEFAULT now(),
    state jsonb NOT NULL,
    CONSTRAINT accessory_sale_history_pkey PRIMARY KEY (store_id, id, version)
);

CREATE TABLE accessory_sales (
    id uuid NOT NULL DEFAULT uuidv7(),
    store_id uuid NOT NULL,
    number text NOT NULL,
    sold_on date NOT NULL,
    item text NOT NULL,
    list_price numeric(17, 2) NOT NULL,
    amount numeric(17, 2) NOT NULL,
    department text NOT NULL,
    seller text,
    given_away boolean NOT NULL,
    installed boolean NOT NULL,
    generic boolean NOT NULL,
    price_reason text,
    version integer NOT NULL DEFAULT 1,
    source text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    import_id uuid,
    content_hash bytea,
    CONSTRAINT accessory_sales_pkey PRIMARY KEY (id),
    CONSTRAINT accessory_sales_store_id_number_key UNIQUE (store_id, number),
    CONSTRAINT accessory_sales_department_check CHECK (department IN ('front_desk', 'accessory', 'sales', 'other'))
);
CREATE INDEX accessory_sales_sold_on_idx ON accessory_sales (store_id, sold_on);

CREATE TABLE consumable_history (
    store_id uuid NOT NULL,
    id uuid NOT NULL,
    version integer NOT NULL,
    superseded_at timestamptz NOT NULL DEFAULT now(),
    state jsonb NOT NULL,
    CONSTRAINT consumable_history_pkey PRIMARY KEY (store_id, id, version)
);

CREATE TABLE consumables (
    id uuid NOT NULL DEFAULT uuidv7(),
    store_id uuid NOT NULL,
    team text NOT NULL,
    used_on date NOT NULL,
    item text NOT NULL,
    amount numeric(17, 2) NOT NULL,
    ordinal integer NOT NULL,
    version integer NOT NULL DEFAULT 1,
    source text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    import_id uuid,
    content_hash bytea,
    CONSTRAINT consumables_pkey PRIMARY KEY (id),
    CONSTRAINT consumables_store_id_source_team_used_on_item_ordinal_key
        UNIQUE (store_id, source, team, used_on, item, ordinal)
);
CREATE INDEX consumables_used_on_idx ON consumables (store_id, used_on);

CREATE TABLE customer_copy (
    store_id uuid NOT NULL,
    number text NOT NULL,
    id uuid NOT NULL,
    version integer NOT NULL,
    name text,
    kind text,
    merged_into_number text,
    merged_into_id uuid,
    survivor_number text NOT NULL,
    survivor_id uuid NOT NULL,
    CONSTRAINT customer_copy_pkey PRIMARY KEY (store_id, number)
);
CREATE INDEX customer_copy_merged_into_number_idx ON customer_copy (store_id, merged_into_number);
CREATE INDEX customer_copy_survivor_number_idx ON customer_copy (store_id, survivor_number);

CREATE TABLE hours_deduction_history (
    store_id uuid NOT NULL,
    id uuid NOT NULL,
    version integer NOT NULL,
    superseded_at timestamptz NOT NULL DEFAULT now(),
    state jsonb NOT NULL,
    CONSTRAINT hours_deduction_history_pkey PRIMARY KEY (store_id, id, version)
);

CREATE TABLE insurer_approval_history (
    store_id uuid NOT NULL,
    id uuid NOT NULL,
    version integer NOT NULL,
    superseded_at timestamptz NOT NULL DEFAULT now(),
    state jsonb NOT NULL,
    CONSTRAINT insurer_approval_history_pkey PRIMARY KEY (store_id, id, version)
);

CREATE TABLE operation_history (
    store_id uuid NOT NULL,
    id uuid NOT NULL,
    version integer NOT NULL,
    superseded_at timestamptz NOT NULL DEFAULT now(),
    state jsonb NOT NULL,
    CONSTRAINT operation_history_pkey PRIMARY KEY (store_id, id, version)
);

CREATE TABLE operations (
    id uuid NOT NULL DEFAULT uuidv7(),
    store_id uuid NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    standard_hours numeric(12, 4),
    version integer NOT NULL DEFAULT 1,
    source text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    import_id uuid,
    content_hash bytea,
    CONSTRAINT operations_pkey PRIMARY KEY (id),
    CONSTRAINT operations_store_id_code_key UNIQUE (store_id, code),
    CONSTRAINT operations_store_id_id_key UNIQUE (store_id, id),
    CONSTRAINT operations_kind_check CHECK (kind IN ('labour', 'part', 'accessory', 'outside_work', 'fee'))
);

CREATE TABLE payment_history (
    store_id uuid NOT NULL,
    id uuid NOT NULL,
    version integer NOT NULL,
    superseded_at timestamptz NOT NULL DEFAULT now(),
    state jsonb NOT NULL,
    CONSTRAINT payment_history_pkey PRIMARY KEY (store_id, id, version)
);

CREATE TABLE reimbursement_history (
    store_id uuid NOT NULL,
    id uuid NOT NULL,
    version integer NOT NULL,
    superseded_at timestamptz NOT NULL DEFAULT now(),
    state jsonb NOT NULL,
    CONSTRAINT reimbursement_history_pkey PRIMARY KEY (store_id, id, version)
);

CREATE TABLE repair_order_history (
    store_id uuid NOT NULL,
    id uuid NOT NULL,
    version integer NOT NULL,
    superseded_at timestamptz NOT NULL DEFAULT now(),
    state jsonb NOT NULL,
    CONSTRAINT repair_order_history_pkey PRIMARY KEY (store_id, id, version)
);

CREATE TABLE repair_order_line_history (
    store_id uuid NOT NULL,
    id uuid NOT NULL,
    version integer NOT NULL,
    superseded_at timestamptz NOT NULL DEFAULT now(),
    state jsonb NOT NULL,
    CONSTRAINT repair_order_line_history_pkey PRIMARY KEY (store_id, id, version)
);

CREATE TABLE repair_orders (
    id uuid NOT NULL DEFAULT uuidv7(),
    store_id uuid NOT NULL,
    number text NOT NULL,
    vin text,
    customer_number text,
    kind text NOT NULL,
    advisor text,
    opened_at timestamptz NOT NULL,
    opened_on date NOT NULL,
    odometer_km integer,
    complaint text,
    promised_at timestamptz,
    state text NOT NULL,
    hold text,
    settled boolean NOT NULL,
    settled_on date,
    left_at timestamptz,
    left_on date,
    early_delivery_reason text,
    cancellation_reason text,
    version integer NOT NULL DEFAULT 1,
    source text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    import_id uuid,
    content_hash bytea,
    CONSTRAINT repair_orders_pkey PRIMARY KEY (id),
    CONSTRAINT repair_orders_store_id_number_key UNIQUE (store_id, number),
    CONSTRAINT repair_orders_store_id_id_key UNIQUE (store_id, id),
    CONSTRAINT repair_orders_kind_check
        CHECK (kind IN ('maintenance', 'repair', 'accident', 'warranty', 'pdi', 'campaign')),
    CONSTRAINT repair_orders_state_check
        CHECK (state IN (
            'booked', 'checked_in', 'diagnosed', 'quoted', 'approved', 'in_progress', 'quality_check', 'ready',
            'closed', 'cancelled'
        )),
    CONSTRAINT repair_orders_hold_check
        CHECK (hold IS NULL OR (
            hold IN ('waiting_parts', 'waiting_approval')
            AND state IN ('checked_in', 'diagnosed', 'quoted', 'approved', 'in_progress', 'quality_check')
        )),
    CONSTRAINT repair_orders_early_delivery_reason_check
        CHECK (early_delivery_reason IN ('credit', 'insurer', 'warranty')),
    CONSTRAINT repair_orders_facts_check
        CHECK (CASE state
            WHEN 'closed' THEN settled AND left_at IS NOT NULL
            WHEN 'ready' THEN NOT (settled AND left_at IS NOT NULL)
            ELSE NOT settled
        END),
    CONSTRAINT repair_orders_left_check CHECK ((left_at IS NULL) = (left_on IS NULL)),
    CONSTRAINT repair_orders_odometer_km_check CHECK (odometer_km >= 0)
);
CREATE INDEX repair_orders_advisor_opened_at_idx ON repair_orders (store_id, advisor, opened_at);
CREATE INDEX repair_orders_customer_number_opened_at_idx ON repair_orders (store_id, customer_number, opened_at);
CREATE INDEX repair_orders_opened_at_id_idx ON repair_orders (store_id, opened_at, id);
CREATE INDEX repair_orders_opened_on_idx ON repair_orders (store_id, opened_on);
CREATE INDEX repair_orders_settled_on_idx ON repair_orders (store_id, settled_on);
CREATE INDEX repair_orders_vin_opened_at_idx ON repair_orders (store_id, vin, opened_at);

CREATE TABLE upsell_history (
    store_id uuid NOT NULL,
    id uuid NOT NULL,
    version integer NOT NULL,
    superseded_at timestamptz NOT NULL DEFAULT now(),
    state jsonb NOT NULL,
    CONSTRAINT upsell_history_pkey PRIMARY KEY (store_id, id, version)
);

CREATE TABLE vehicle_copy (
    store_id uuid NOT NULL,
    vin text NOT NULL,
    id uuid NOT NULL,
    version integer NOT NULL,
    plate text,
    model text,
    use text,
    vehicle_class text,
    owner_number text,
    CONSTRAINT vehicle_copy_pkey PRIMARY KEY (store_id, vin)
);

CREATE TABLE hours_deductions (
    id uuid NOT NULL DEFAULT uuidv7(),
    store_id uuid NOT NULL,
    number text NOT NULL,
    employee text NOT NULL,
    hours numeric(12, 4) NOT NULL,
    reason text NOT NULL,
    occurred_on date NOT NULL,
    order_id uuid,
    version integer NOT NULL DEFAULT 1,
    source text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    import_id uuid,
    content_hash bytea,
    CONSTRAINT hours_deductions_pkey PRIMARY KEY (id),
    CONSTRAINT hours_deductions_store_id_number_key UNIQUE (store_id, number),
    CONSTRAINT hours_deductions_store_id_order_id_fkey
        FOREIGN KEY (store_id, order_id) REFERENCES repair_orders (store_id, id),
    CONSTRAINT hours_deductions_hours_check CHECK (hours > 0)
);
CREATE INDEX hours_deductions_occurred_on_idx ON hours_deductions (store_id, occurred_on);

CREATE TABLE insurer_approvals (
    id uuid NOT NULL DEFAULT uuidv7(),
    store_id uuid NOT NULL,
    order_id uuid NOT NULL,
    approved_on date NOT NULL,
    approved_amount numeric(17, 2) NOT NULL,
    owner_share numeric(17, 2) NOT NULL,
    version integer NOT NULL DEFAULT 1,
    source text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    import_id uuid,
    content_hash bytea,
    CONSTRAINT insurer_approvals_pkey PRIMARY KEY (id),
    CONSTRAINT insurer_approvals_store_id_order_id_key UNIQUE (store_id, order_id),
    CONSTRAINT insurer_approvals_store_id_order_id_fkey
        FOREIGN KEY (store_id, order_id) REFERENCES repair_orders (store_id, id)
);

CREATE TABLE operation_prices (
    id uuid NOT NULL DEFAULT uuidv7(),
    store_id uuid NOT NULL,
    operation_id uuid NOT NULL,
    valid_from date NOT NULL,
    list_price numeric(17, 2) NOT NULL,
    version integer NOT NULL DEFAULT 1,
    source text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT operation_prices_pkey PRIMARY KEY (id),
    CONSTRAINT operation_prices_store_id_operation_id_valid_from_key UNIQUE (store_id, operation_id, valid_from),
    CONSTRAINT operation_prices_store_id_operation_id_fkey
        FOREIGN KEY (store_id, operation_id) REFERENCES operations (store_id, id)
);

CREATE TABLE payments (
    id uuid NOT NULL DEFAULT uuidv7(),
    store_id uuid NOT NULL,
    order_id uuid NOT NULL,
    paid_on date NOT NULL,
    amount numeric(17, 2) NOT NULL,
    method text NOT NULL,
    ordinal integer NOT NULL,
    version integer NOT NULL DEFAULT 1,
    source text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    import_id uuid,
    content_hash bytea,
    CONSTRAINT payments_pkey PRIMARY KEY (id),
    CONSTRAINT payments_store_id_order_id_source_paid_on_method_ordinal_key
        UNIQUE (store_id, order_id, source, paid_on, method, ordinal),
    CONSTRAINT payments_store_id_order_id_fkey
        FOREIGN KEY (store_id, order_id) REFERENCES repair_orders (store_id, id),
    CONSTRAINT payments_method_check CHECK (method IN ('wechat', 'alipay', 'card', 'cash', 'transfer', 'other'))
);
CREATE INDEX payments_paid_on_idx ON payments (store_id, paid_on);

CREATE TABLE reimbursements (
    id uuid NOT NULL DEFAULT uuidv7(),
    store_id uuid NOT NULL,
    order_id uuid NOT NULL,
    paid_on date NOT NULL,
    amount numeric(17, 2) NOT NULL,
    ordinal integer NOT NULL,
    version integer NOT NULL DEFAULT 1,
    source text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    import_id uuid,
    content_hash bytea,
    CONSTRAINT reimbursements_pkey PRIMARY KEY (id),
    CONSTRAINT reimbursements_store_id_order_id_source_paid_on_ordinal_key
        UNIQUE (store_id, order_id, source, paid_on, ordinal),
    CONSTRAINT reimbursements_store_id_order_id_fkey
        FOREIGN KEY (store_id, order_id) REFERENCES repair_orders (store_id, id)
);
CREATE INDEX reimbursements_paid_on_idx ON reimbursements (store_id, paid_on);

CREATE TABLE upsells (
    id uuid NOT NULL DEFAULT uuidv7(),
    store_id uuid NOT NULL,
    order_id uuid NOT NULL,
    number text NOT NULL,
    upsell_source text,
    stage text,
    finder text,
    operation_code text NOT NULL,
    operation_name text NOT NULL,
    line_numbers integer[] NOT NULL,
    amount numeric(17, 2) NOT NULL,
    decision text,
    decided_by_method text,
    decided_by text,
    decided_at timestamptz,
    decision_reason text,
    revived_from uuid,
    version integer NOT NULL DEFAULT 1,
    source text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT upsells_pkey PRIMARY KEY (id),
    CONSTRAINT upsells_store_id_number_key UNIQUE (store_id, number),
    CONSTRAINT upsells_store_id_id_key UNIQUE (store_id, id),
    CONSTRAINT upsells_store_id_order_id_fkey
        FOREIGN KEY (store_id, order_id) REFERENCES repair_orders (store_id, id),
    CONSTRAINT upsells_store_id_revived_from_fkey
        FOREIGN KEY (store_id, revived_from) REFERENCES upsells (store_id, id),
    CONSTRAINT upsells_upsell_source_check CHECK (upsell_source IN ('targeted', 'incidental')),
    CONSTRAINT upsells_stage_check
        CHECK (stage IN ('reception', 'maintenance', 'repair', 'road_test', 'final_check')),
    CONSTRAINT upsells_decision_check
        CHECK (decision IN ('approved', 'declined', 'deferred', 'expired', 'revoked')),
    CONSTRAINT upsells_decided_by_method_check
        CHECK (decided_by_method IN ('in_person_signature', 'sms_link', 'phone', 'contract'))
);
CREATE INDEX upsells_finder_idx ON upsells (store_id, finder);
CREATE INDEX upsells_order_id_idx ON upsells (store_id, order_id);

CREATE TABLE repair_order_lines (
    id uuid NOT NULL DEFAULT uuidv7(),
    store_id uuid NOT NULL,
    order_id uuid NOT NULL,
    line_number integer NOT NULL,
    kind text NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    standard_hours numeric(12, 4),
    quantity numeric(12, 4) NOT NULL,
    list_price numeric(17, 2) NOT NULL,
    amount numeric(17, 2) NOT NULL,
    payer text NOT NULL,
    team text,
    technician text,
    is_upsell boolean NOT NULL,
    upsell_source text,
    stage text,
    finder text,
    authorisation text,
    upsell_id uuid,
    labour_completed_on date,
    labour_version integer NOT NULL DEFAULT 0,
    version integer NOT NULL DEFAULT 1,
    source text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    import_id uuid,
    content_hash bytea,
    CONSTRAINT repair_order_lines_pkey PRIMARY KEY (id),
    CONSTRAINT repair_order_lines_store_id_order_id_line_number_key UNIQUE (store_id, order_id, line_number),
    CONSTRAINT repair_order_lines_store_id_order_id_fkey
        FOREIGN KEY (store_id, order_id) REFERENCES repair_orders (store_id, id),
    CONSTRAINT repair_order_lines_store_id_upsell_id_fkey
        FOREIGN KEY (store_id, upsell_id) REFERENCES upsells (store_id, id),
    CONSTRAINT repair_order_lines_kind_check CHECK (kind IN ('labour', 'part', 'accessory', 'outside_work', 'fee')),
    CONSTRAINT repair_order_lines_payer_check
        CHECK (payer IN ('customer', 'maker', 'insurer', 'internal', 'goodwill')),
    CONSTRAINT repair_order_lines_authorisation_check
        CHECK (authorisation IN ('proposed', 'approved', 'declined', 'deferred', 'expired', 'revoked')),
    CONSTRAINT repair_order_lines_upsell_source_check CHECK (upsell_source IN ('targeted', 'incidental')),
    CONSTRAINT repair_order_lines_stage_check
        CHECK (stage IN ('reception', 'maintenance', 'repair', 'road_test', 'final_check')),
    CONSTRAINT repair_order_lines_line_number_check CHECK (line_number > 0)
);
CREATE INDEX repair_order_lines_upsell_id_idx ON repair_order_lines (store_id, upsell_id);
