-- Every key begins with the school: no query crosses it, and a distributed PostgreSQL can place rows by it.
-- Ids that the school gives are compared byte by byte (COLLATE "C"), as the program compares them.

CREATE EXTENSION IF NOT EXISTS postgis;

CREATE TABLE schools (
    id               uuid         NOT NULL,
    name             varchar(200) NOT NULL,
    -- Counts the changes to the school's templates; a gallery in memory knows by it what it has not seen yet.
    gallery_revision bigint       NOT NULL DEFAULT 0,
    -- Tombstones up to this revision are gone: whoever knows less must load the whole gallery anew.
    tombstone_floor  bigint       NOT NULL DEFAULT 0,
    created_at       timestamptz  NOT NULL DEFAULT now(),
    PRIMARY KEY (id)
);

INSERT INTO schools (id, name) VALUES ('00000000-0000-7000-8000-000000000001', 'School');

CREATE TABLE students (
    school_id  uuid                    NOT NULL REFERENCES schools (id),
    id         varchar(64) COLLATE "C" NOT NULL,
    full_name  varchar(200),
    birth_date date,
    class_name varchar(100),
    address    varchar(500),
    created_at timestamptz             NOT NULL DEFAULT now(),
    updated_at timestamptz             NOT NULL DEFAULT now(),
    PRIMARY KEY (school_id, id)
);

CREATE TABLE templates (
    school_id    uuid                    NOT NULL,
    id           uuid                    NOT NULL,
    student_id   varchar(64) COLLATE "C" NOT NULL,
    -- Which model and preprocessing made the embedding; embeddings of two contracts are never compared.
    contract     varchar(200)            NOT NULL,
    -- float32[D], little-endian, unit length.
    embedding    bytea                   NOT NULL CHECK (octet_length(embedding) BETWEEN 4 AND 16384),
    -- Of the uploaded bytes: the same photo of the same student is stored once.
    image_sha256 bytea                   NOT NULL CHECK (octet_length(image_sha256) = 32),
    enrolled_at  timestamptz             NOT NULL,
    revision     bigint                  NOT NULL,
    PRIMARY KEY (school_id, id),
    UNIQUE (school_id, student_id, contract, image_sha256),
    FOREIGN KEY (school_id, student_id) REFERENCES students (school_id, id)
);

CREATE INDEX templates_by_revision ON templates (school_id, contract, revision);

CREATE TABLE template_tombstones (
    school_id   uuid        NOT NULL REFERENCES schools (id),
    template_id uuid        NOT NULL,
    revision    bigint      NOT NULL,
    removed_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (school_id, template_id)
);

CREATE INDEX template_tombstones_by_revision ON template_tombstones (school_id, revision);

CREATE TABLE audit (
    school_id uuid         NOT NULL REFERENCES schools (id),
    id        uuid         NOT NULL,
    at        timestamptz  NOT NULL DEFAULT clock_timestamp(),
    action    varchar(64)  NOT NULL,
    -- Whom or what it was done to.
    subject   varchar(200) NOT NULL,
    details   jsonb        NOT NULL DEFAULT '{}',
    PRIMARY KEY (school_id, id)
);

CREATE INDEX audit_by_time ON audit (school_id, at);

CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The audit log is append-only.';
END
$$;

CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
