-- The keys that rows are encrypted with, by the name the operator gave them; never the keys themselves.
CREATE TABLE storage_keys (
    id          varchar(32) COLLATE "C" NOT NULL,
    -- A known text sealed under the key, by which a start tells the right key from a wrong one of the same name.
    check_value bytea                   NOT NULL,
    added_at    timestamptz             NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (id)
);

-- From here on an embedding is sealed (AES-256-GCM) under key_id. Rows of before are null there until the first start has sealed them, which then
-- makes the column NOT NULL.
ALTER TABLE templates ADD COLUMN key_id varchar(32) COLLATE "C" REFERENCES storage_keys (id);
