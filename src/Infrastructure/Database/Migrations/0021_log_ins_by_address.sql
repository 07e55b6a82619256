-- Failed log-ins are counted by name and address, so that a stranger's do not shut the name's bearer out; under an empty address stand those of all
-- addresses that the name never logged in from. What was counted by name alone is counted anew.
DROP TABLE log_in_failures;

CREATE TABLE log_in_failures (
    -- HMAC-SHA256 under one of the server's own keys: of the name in lower case, for people type passwords there by mistake, and of the address.
    name_mac     bytea       NOT NULL CHECK (octet_length(name_mac) = 32),
    address_mac  bytea       NOT NULL CHECK (octet_length(address_mac) IN (0, 32)),
    failures     integer     NOT NULL,
    failed_at    timestamptz NOT NULL,
    locked_until timestamptz,
    PRIMARY KEY (name_mac, address_mac)
);

CREATE INDEX log_in_failures_by_time ON log_in_failures (failed_at);

-- From where names logged in.
CREATE TABLE known_addresses (
    name_mac    bytea       NOT NULL CHECK (octet_length(name_mac) = 32),
    address_mac bytea       NOT NULL CHECK (octet_length(address_mac) = 32),
    seen_at     timestamptz NOT NULL,
    PRIMARY KEY (name_mac, address_mac)
);

CREATE INDEX known_addresses_by_time ON known_addresses (seen_at);
