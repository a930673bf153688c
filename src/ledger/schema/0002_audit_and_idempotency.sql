CREATE TABLE audit (
  id TEXT PRIMARY KEY,  -- UUIDv7: in the order of time
  at BIGINT NOT NULL,
  actor_id TEXT,
  actor_name TEXT NOT NULL,
  via TEXT NOT NULL,
  address TEXT,
  organisation_id TEXT,    -- no foreign keys: the log outlives what it speaks of
  organisation_name TEXT,
  organisation_kind TEXT,
  action TEXT NOT NULL,
  kind TEXT NOT NULL,
  object_id TEXT NOT NULL,
  object_name TEXT NOT NULL,
  version BIGINT,          -- of the object after the change
  before_json TEXT,
  after_json TEXT
);
CREATE INDEX audit_time ON audit (at, id);
CREATE INDEX audit_organisation ON audit (organisation_id, at, id);
CREATE INDEX audit_object ON audit (object_id, version);

CREATE TABLE idempotency (
  account_id TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  request_hash TEXT NOT NULL,  -- method, path and body
  status BIGINT NOT NULL,      -- 0: the answer held a secret and was not kept
  content_type TEXT NOT NULL,
  fields_json TEXT NOT NULL,
  body TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (account_id, idempotency_key)
);
CREATE INDEX idempotency_age ON idempotency (created_at);
