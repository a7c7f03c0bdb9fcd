CREATE TABLE customer (
    store_id uuid NOT NULL,
    id uuid NOT NULL DEFAULT uuidv7(),
    number text NOT NULL,
    source text NOT NULL,
    version integer NOT NULL,
    kind text NOT NULL CHECK (kind IN ('person', 'company')),
    name text NOT NULL,
    name_key text NOT NULL,
    mobile_sealed bytea,
    mobile_index bytea,
    mobile_masked text,
    mobile_valid boolean,
    id_number_sealed bytea,
    id_number_index bytea,
    id_number_masked text,
    id_number_valid boolean,
    sex text CHECK (sex IN ('male', 'female')),
    birth_date date,
    occupation text,
    home_address text,
    hobbies text,
    education text,
    income text,
    employer text,
    employer_address text,
    services_of_interest text,
    payment_method text,
    merged_into_id uuid,
    canonical_id uuid NOT NULL,
    import_id uuid,
    source_hash bytea,
    source_fields jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (store_id, id),
    UNIQUE (store_id, number),
    CHECK ((merged_into_id IS NULL) = (canonical_id = id))
);
CREATE INDEX customer_mobile ON customer (store_id, mobile_index) WHERE mobile_index IS NOT NULL;
CREATE INDEX customer_id_number ON customer (store_id, id_number_index) WHERE id_number_index IS NOT NULL;
CREATE INDEX customer_canonical ON customer (store_id, canonical_id);
CREATE TABLE customer_history (
    store_id uuid NOT NULL,
    id uuid NOT NULL,
    version integer NOT NULL,
    state jsonb NOT NULL,
    replaced_at timestamptz NOT NULL,
    PRIMARY KEY (store_id, id, version)
);
CREATE TABLE customer_name_token (
    store_id uuid NOT NULL,
    token text NOT NULL,
    customer_id uuid NOT NULL,
    PRIMARY KEY (store_id, token, customer_id)
);
CREATE INDEX customer_name_token_customer ON customer_name_token (store_id, customer_id);
CREATE TABLE customer_merge (
    store_id uuid NOT NULL,
    id uuid NOT NULL DEFAULT uuidv7(),
    version integer NOT NULL DEFAULT 1,
    survivor_id uuid NOT NULL,
    duplicate_id uuid NOT NULL,
    reason text NOT NULL CHECK (reason IN ('certain', 'chosen')),
    survivor_version integer NOT NULL,
    changes jsonb NOT NULL,
    merged_by text NOT NULL,
    merged_at timestamptz NOT NULL,
    undone_by text,
    undone_at timestamptz,
    PRIMARY KEY (store_id, id),
    FOREIGN KEY (store_id, survivor_id) REFERENCES customer (store_id, id),
    FOREIGN KEY (store_id, duplicate_id) REFERENCES customer (store_id, id)
);
CREATE UNIQUE INDEX customer_merge_standing ON customer_merge (store_id, duplicate_id) WHERE undone_at IS NULL;
CREATE INDEX customer_merge_survivor ON customer_merge (store_id, survivor_id);
CREATE TABLE customer_note (
    store_id uuid NOT NULL,
    id uuid NOT NULL DEFAULT uuidv7(),
    customer_id uuid NOT NULL,
    text text NOT NULL,
    author text NOT NULL,
    noted_on date NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (store_id, id),
    FOREIGN KEY (store_id, customer_id) REFERENCES customer (store_id, id)
);
CREATE INDEX customer_note_customer ON customer_note (store_id, customer_id, id);
CREATE TABLE vehicle (
    store_id uuid NOT NULL,
    id uuid NOT NULL DEFAULT uuidv7(),
    vin text NOT NULL CHECK (vin ~ '^[A-HJ-NPR-Z0-9]{17}$'),
    source text NOT NULL,
    version integer NOT NULL,
    check_digit_holds boolean NOT NULL,
    owner_number text,
    plate text,
    model text,
    engine_number text,
    gearbox_number text,
    colour text,
    purchase_date date,
    first_service_date date,
    first_service_km integer CHECK (first_service_km >= 0),
    use text CHECK (use IN ('private', 'official', 'for_hire')),
    vehicle_class text,
    import_id uuid,
    source_hash bytea,
    source_fields jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (store_id, id),
    UNIQUE (store_id, vin)
);
CREATE INDEX vehicle_owner_number ON vehicle (store_id, owner_number) WHERE owner_number IS NOT NULL;
CREATE INDEX vehicle_plate_now ON vehicle (store_id, plate) WHERE plate IS NOT NULL;
CREATE TABLE vehicle_history (
    store_id uuid NOT NULL,
    id uuid NOT NULL,
    version integer NOT NULL,
    state jsonb NOT NULL,
    replaced_at timestamptz NOT NULL,
    PRIMARY KEY (store_id, id, version)
);
CREATE TABLE vehicle_owner (
    store_id uuid NOT NULL,
    vehicle_id uuid NOT NULL,
    known_since timestamptz NOT NULL,
    known_until timestamptz,
    owner_number text NOT NULL,
    PRIMARY KEY (store_id, vehicle_id, known_since),
    FOREIGN KEY (store_id, vehicle_id) REFERENCES vehicle (store_id, id)
);
CREATE INDEX vehicle_owner_of ON vehicle_owner (store_id, owner_number);
CREATE TABLE vehicle_plate (
    store_id uuid NOT NULL,
    vehicle_id uuid NOT NULL,
    known_since timestamptz NOT NULL,
    known_until timestamptz,
    plate text NOT NULL,
    PRIMARY KEY (store_id, vehicle_id, known_since),
    FOREIGN KEY (store_id, vehicle_id) REFERENCES vehicle (store_id, id)
);
CREATE INDEX vehicle_plate_of ON vehicle_plate (store_id, plate);
CREATE TABLE complaint (
    store_id uuid NOT NULL,
    id uuid NOT NULL DEFAULT uuidv7(),
    number text NOT NULL,
    source text NOT NULL,
    version integer NOT NULL,
    state text NOT NULL CHECK (state IN ('opened', 'verified', 'rejected')),
    occurred_on date NOT NULL,
    order_number text,
    customer_number text,
    employee text,
    cause text NOT NULL CHECK (cause IN ('work_error', 'service_manner', 'price_dispute', 'other')),
    cause_text text,
    verified_on date,
    finding text,
    decided_by text,
    import_id uuid,
    source_hash bytea,
    source_fields jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (store_id, id),
    UNIQUE (store_id, number),
    CHECK (state <> 'verified' OR employee IS NOT NULL)
);
CREATE INDEX complaint_day ON complaint (store_id, occurred_on, id);
CREATE INDEX complaint_order ON complaint (store_id, order_number) WHERE order_number IS NOT NULL;
CREATE INDEX complaint_employee ON complaint (store_id, employee) WHERE employee IS NOT NULL;
CREATE INDEX complaint_customer ON complaint (store_id, customer_number) WHERE customer_number IS NOT NULL;
CREATE TABLE complaint_history (
    store_id uuid NOT NULL,
    id uuid NOT NULL,
    version integer NOT NULL,
    state jsonb NOT NULL,
    replaced_at timestamptz NOT NULL,
    PRIMARY KEY (store_id, id, version)
);
CREATE TABLE visit (
    store_id uuid NOT NULL,
    order_id uuid NOT NULL,
    order_version integer NOT NULL,
    order_number text NOT NULL,
    vin text,
    customer_number text,
    kind text,
    state text,
    cancelled boolean NOT NULL,
    opened_on date NOT NULL,
    left_on date,
    odometer_km integer,
    PRIMARY KEY (store_id, order_id)
);
CREATE INDEX visit_vehicle ON visit (store_id, vin, opened_on) WHERE vin IS NOT NULL;
CREATE INDEX visit_number ON visit (store_id, order_number);
CREATE INDEX visit_customer ON visit (store_id, customer_number) WHERE customer_number IS NOT NULL;
