-- Each school's audit log is a chain: a row's hash covers the hash before it and all of the row, and the head says how long the chain is. So a row
-- that is changed, taken out or put elsewhere is found, and so is a tail that is cut off.

CREATE TABLE audit_heads (
    school_id uuid   NOT NULL REFERENCES schools (id),
    length    bigint NOT NULL,
    -- The last row's hash; empty for a chain without rows.
    hash      bytea  NOT NULL,
    PRIMARY KEY (school_id)
);

ALTER TABLE audit
    ADD COLUMN seq   bigint,
    -- Who did it: local, or the kind of credential and its name. Rows of before do not know.
    ADD COLUMN actor varchar(200) NOT NULL DEFAULT 'unknown',
    ADD COLUMN hash  bytea;

ALTER TABLE audit ALTER COLUMN actor DROP DEFAULT;

-- All of a row as one text in which no part can be taken for another.
CREATE FUNCTION audit_text(a audit) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_array(
        a.school_id, a.seq, to_char(a.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), a.id, a.actor, a.action, a.subject, a.details)::text
$$;

-- The head's row is locked until the transaction ends, so that the order of the chain is the order of the commits. Whoever writes an entry locks
-- nothing afterwards, and so waits in no circle.
CREATE FUNCTION chain_audit_row() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    head audit_heads;
BEGIN
    INSERT INTO audit_heads (school_id, length, hash) VALUES (NEW.school_id, 0, '') ON CONFLICT DO NOTHING;
    SELECT * INTO head FROM audit_heads WHERE school_id = NEW.school_id FOR UPDATE;
    NEW.seq := head.length + 1;
    NEW.at := clock_timestamp();
    NEW.hash := sha256(head.hash || convert_to(audit_text(NEW), 'UTF8'));
    UPDATE audit_heads SET length = NEW.seq, hash = NEW.hash WHERE school_id = NEW.school_id;
    RETURN NEW;
END
$$;

-- What was written before is chained in the order of its time.
ALTER TABLE audit DISABLE TRIGGER audit_is_append_only;

DO $$
DECLARE
    entry audit;
    head audit_heads;
BEGIN
    FOR entry IN SELECT * FROM audit ORDER BY school_id, at, id LOOP
        IF head IS NULL OR head.school_id <> entry.school_id THEN
            head := (entry.school_id, 0, ''::bytea);
        END IF;
        entry.seq := head.length + 1;
        entry.hash := sha256(head.hash || convert_to(audit_text(entry), 'UTF8'));
        UPDATE audit SET seq = entry.seq, hash = entry.hash WHERE school_id = entry.school_id AND id = entry.id;
        head := (entry.school_id, entry.seq, entry.hash);
        INSERT INTO audit_heads SELECT head.* ON CONFLICT (school_id) DO UPDATE SET length = EXCLUDED.length, hash = EXCLUDED.hash;
    END LOOP;
END
$$;

ALTER TABLE audit ENABLE TRIGGER audit_is_append_only;
ALTER TABLE audit ALTER COLUMN seq SET NOT NULL, ALTER COLUMN hash SET NOT NULL;
CREATE UNIQUE INDEX audit_in_order ON audit (school_id, seq);
CREATE INDEX audit_of_subject ON audit (school_id, subject, seq);

CREATE TRIGGER audit_is_chained BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION chain_audit_row();
