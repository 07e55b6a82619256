-- Cameras that the server itself looks through.
CREATE TABLE cameras (
    school_id         uuid             NOT NULL REFERENCES schools (id),
    id                uuid             NOT NULL,
    name              varchar(100)     NOT NULL,
    -- Encrypted by the program: an address with its credentials, or a path.
    source            text             NOT NULL,
    -- What frames are said to come from; the tracks of faces are kept by it.
    device_id         varchar(64)      COLLATE "C" NOT NULL,
    location_id       varchar(64),
    class_id          varchar(64),
    -- When it is looked through; null for always. 0 is Sunday; what the clock at the school shows.
    weekdays          smallint[]       CHECK (cardinality(weekdays) BETWEEN 1 AND 7 AND weekdays <@ '{0,1,2,3,4,5,6}'),
    starts            time,
    ends              time             CHECK (ends > starts),
    -- Left, top, width and height in shares of the picture; null for all of it.
    region            double precision[] CHECK (cardinality(region) = 4),
    min_face_px       integer          CHECK (min_face_px > 0),
    direction         varchar(8)       NOT NULL,
    frames_per_second double precision NOT NULL CHECK (frames_per_second > 0),
    enabled           boolean          NOT NULL,
    created_at        timestamptz      NOT NULL DEFAULT clock_timestamp(),
    updated_at        timestamptz      NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (school_id, id),
    UNIQUE (school_id, device_id),
    CHECK ((weekdays IS NULL) = (starts IS NULL) AND (starts IS NULL) = (ends IS NULL))
);

-- Which process looks through a camera, until when it may, and how it goes. Written anew every few seconds.
CREATE TABLE camera_runs (
    school_id         uuid             NOT NULL,
    camera_id         uuid             NOT NULL,
    holder            uuid             NOT NULL,
    expires_at        timestamptz      NOT NULL,
    state             varchar(16)      NOT NULL,
    reason            varchar(300),
    since             timestamptz      NOT NULL,
    frames_per_second double precision NOT NULL,
    taken             bigint           NOT NULL,
    dropped           bigint           NOT NULL,
    last_frame_at     timestamptz,
    last_error        varchar(300),
    last_error_at     timestamptz,
    PRIMARY KEY (school_id, camera_id),
    FOREIGN KEY (school_id, camera_id) REFERENCES cameras (school_id, id) ON DELETE CASCADE
);
