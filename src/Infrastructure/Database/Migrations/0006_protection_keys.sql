-- The keys that sign result tokens, one set for all processes and schools: a token made by one process is read by another, also after a restart.
CREATE TABLE protection_keys (
    id       varchar(100) NOT NULL,
    xml      text         NOT NULL,
    added_at timestamptz  NOT NULL DEFAULT now(),
    PRIMARY KEY (id)
);
