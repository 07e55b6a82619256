-- An idempotency key is its caller's own. Keys from before belong to nobody, stand in nobody's way, and are forgotten within a day like all others.
ALTER TABLE idempotency_keys
    ADD COLUMN caller varchar(200) COLLATE "C" NOT NULL DEFAULT '',
    DROP CONSTRAINT idempotency_keys_pkey,
    ADD PRIMARY KEY (school_id, caller, key);

ALTER TABLE idempotency_keys ALTER COLUMN caller DROP DEFAULT;

-- How large a site is: a circle's radius, or that of a circle with the polygon's area. And how many positions its shape has.
ALTER TABLE sites
    ADD COLUMN size_m double precision GENERATED ALWAYS AS (CASE WHEN radius_m > 0 THEN radius_m ELSE sqrt(st_area(shape, true) / pi()) END) STORED,
    ADD COLUMN points integer GENERATED ALWAYS AS (st_npoints(shape::geometry)) STORED;

-- What waits for a person's look, in the order of its time.
CREATE INDEX attendance_records_to_review ON attendance_records (school_id, at, id) WHERE needs_review;
