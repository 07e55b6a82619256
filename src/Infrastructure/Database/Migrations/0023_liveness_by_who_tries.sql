-- Who had the student try: each kind has attempts of its own, so that nobody else uses up the student's.
ALTER TABLE liveness_attempts ADD COLUMN tried_by varchar(16) COLLATE "C" NOT NULL DEFAULT 'caller' CHECK (tried_by IN ('student', 'caller', 'anybody'));

-- Sessions that nobody showed credentials for are remembered beside the others, and push out none of them.
ALTER TABLE liveness_pictures ADD COLUMN by_anybody boolean NOT NULL DEFAULT false;
