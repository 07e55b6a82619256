-- What remains of an erased student's event that a receiver has accepted: that there was one. Its body and the receivers' answers are empty, and
-- nothing sends it again. The mark stands on both, since each is asked without the other.
ALTER TABLE events ADD COLUMN erased boolean NOT NULL DEFAULT false;
ALTER TABLE outbox ADD COLUMN erased boolean NOT NULL DEFAULT false;
