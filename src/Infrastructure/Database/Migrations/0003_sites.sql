-- Lets one index hold the school beside the place, so that a search never walks through other schools' sites. Trusted: the owner may create it.
CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE TABLE sites (
    school_id  uuid             NOT NULL REFERENCES schools (id),
    id         uuid             NOT NULL,
    name       varchar(100)     NOT NULL,
    -- A circle's centre, or the polygon.
    shape      geography(Geometry, 4326) NOT NULL,
    -- How far the area reaches beyond the shape: 0 for a polygon.
    radius_m   double precision NOT NULL,
    created_at timestamptz      NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz      NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (school_id, id),
    CHECK (CASE geometrytype(shape::geometry) WHEN 'POINT' THEN radius_m BETWEEN 1 AND 10000 WHEN 'POLYGON' THEN radius_m = 0 ELSE false END)
);

CREATE INDEX sites_by_place ON sites USING gist (school_id, shape);
-- The largest radius of a school bounds how far the nearest fence's centre can be.
CREATE INDEX sites_by_radius ON sites (school_id, radius_m);

-- Metres on the ellipsoid from a place to the edge of an area; 0 on it, negative inside.
CREATE FUNCTION distance_to_edge(shape geography, radius_m double precision, place geography) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN radius_m > 0 THEN st_distance(shape, place, true) - radius_m
        WHEN st_covers(shape, place) THEN -st_distance(st_boundary(shape::geometry)::geography, place, true)
        ELSE st_distance(shape, place, true)
    END
$$;

-- The ground on which clients that know no sites expect to be checked.
INSERT INTO sites (school_id, id, name, shape, radius_m)
VALUES ('00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-000000000002', 'School',
        st_setsrid(st_makepoint(112.6267206, -7.9673435), 4326)::geography, 20);

-- How the school answers evidence of a faked location; no row is the default.
CREATE TABLE evidence_policies (
    school_id       uuid             NOT NULL REFERENCES schools (id),
    action          varchar(8)       NOT NULL CHECK (action IN ('note', 'review', 'refuse')),
    decisive_weight double precision NOT NULL CHECK (decisive_weight BETWEEN 0 AND 10),
    PRIMARY KEY (school_id)
);
