-- What was changed, in the order of commits: database/change_log.h. A row is written by its transaction's commit.
CREATE TABLE change (
  seq BIGINT PRIMARY KEY,  -- rises; PostgreSQL leaves numbers out where a commit was refused
  tag TEXT NOT NULL,       -- random: nobody takes it for a change of a database that was restored
  kind TEXT NOT NULL,
  object_id TEXT NOT NULL,
  organisation_id TEXT NOT NULL  -- no foreign keys: it may be gone
);
CREATE UNIQUE INDEX change_tag ON change (tag);
CREATE INDEX change_organisation ON change (organisation_id, seq);
-- postgresql:
CREATE SEQUENCE change_seq;
