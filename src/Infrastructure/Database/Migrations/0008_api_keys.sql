-- Credentials of programs and devices. A key's text carries its school and id, so that its row is found by the primary key.
CREATE TABLE api_keys (
    school_id         uuid         NOT NULL REFERENCES schools (id),
    id                uuid         NOT NULL,
    name              varchar(100) NOT NULL,
    -- SHA-256 of the secret. It is 256 random bits and no word of a person's, so nothing can be guessed that a slow hash would have to slow down.
    secret_sha256     bytea        NOT NULL CHECK (octet_length(secret_sha256) = 32),
    -- The secret before the last rotation, as long as it is still taken.
    previous_sha256   bytea        CHECK (octet_length(previous_sha256) = 32),
    previous_until    timestamptz,
    scopes            text[]       NOT NULL,
    -- Set for a key that belongs to a camera, a kiosk or another machine.
    device_id         varchar(64)  COLLATE "C",
    created_by        varchar(200) NOT NULL,
    created_at        timestamptz  NOT NULL DEFAULT clock_timestamp(),
    expires_at        timestamptz,
    last_used_at      timestamptz,
    last_heartbeat_at timestamptz,
    revoked_at        timestamptz,
    PRIMARY KEY (school_id, id),
    CHECK ((previous_sha256 IS NULL) = (previous_until IS NULL))
);

-- A device has one key that is good; one that was revoked leaves its name free.
CREATE UNIQUE INDEX api_keys_of_device ON api_keys (school_id, device_id) WHERE device_id IS NOT NULL AND revoked_at IS NULL;

-- When the school's first administrator's key was made, which happens once.
ALTER TABLE schools ADD COLUMN first_key_at timestamptz;
