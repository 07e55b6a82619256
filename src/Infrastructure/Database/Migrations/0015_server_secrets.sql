-- The server's own random keys, by what they are for: each sealed under a storage key, which the database does not hold. Whoever reads the database
-- alone can make nothing with them.
CREATE TABLE server_secrets (
    name    varchar(32) COLLATE "C" NOT NULL,
    key_id  varchar(32) COLLATE "C" NOT NULL REFERENCES storage_keys (id),
    sealed  bytea                   NOT NULL,
    made_at timestamptz             NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (name)
);

-- From here on sealed under one of them. What is plain from before, and the keys in protection_keys, the next start takes over, and drops that table.
ALTER TABLE schools ALTER COLUMN webhook_secret TYPE varchar(512);

-- From here on HMAC-SHA256, under one of them, of the SHA-256 of what was uploaded or typed: a plain one tells whoever has the photo, or guesses the
-- word, that it was this. Failed log-ins are counted anew.
ALTER TABLE templates RENAME COLUMN image_sha256 TO image_mac;
DELETE FROM log_in_failures;
ALTER TABLE log_in_failures RENAME COLUMN name_sha256 TO name_mac;
