-- Held sightings that were recorded: each stands here until nobody can deliver it again. The id says nothing of anybody.
CREATE TABLE held_sightings (
    school_id  uuid        NOT NULL REFERENCES schools (id),
    id         uuid        NOT NULL,
    expires_at timestamptz NOT NULL,
    -- What became of it; null when it counted for nothing more than what is there.
    record_id  uuid,
    PRIMARY KEY (school_id, id)
);

CREATE INDEX held_sightings_by_expiry ON held_sightings (expires_at);
