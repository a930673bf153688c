CREATE TABLE ip_block (
  node_id TEXT NOT NULL REFERENCES node (id) ON DELETE CASCADE,
  place TEXT NOT NULL,     -- 32 hex digits of the first address, two of the length, IPv4 mapped into IPv6
  length BIGINT NOT NULL,  -- in 128 bits, as in place
  realm TEXT NOT NULL,     -- '' for public addresses, the organisation's id for private ones
  position BIGINT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('approved', 'in_review', 'attention_required', 'rejected')),
  reasons_json TEXT NOT NULL,
  since BIGINT NOT NULL,
  PRIMARY KEY (node_id, place)
);
CREATE INDEX ip_block_place ON ip_block (realm, place, state, node_id);
CREATE INDEX ip_block_length ON ip_block (realm, length);

CREATE TABLE ip_review (
  id TEXT PRIMARY KEY,
  node_id TEXT NOT NULL,  -- no foreign keys: a decision outlives its node
  node_name TEXT NOT NULL,
  organisation_id TEXT NOT NULL,
  organisation_name TEXT NOT NULL,
  organisation_kind TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'approved', 'rejected', 'partly_approved', 'withdrawn')),
  requested_by_id TEXT,
  requested_by_name TEXT NOT NULL,
  requested_at BIGINT NOT NULL,
  blocks_json TEXT NOT NULL,  -- of a decided review: the blocks as decided
  feedback TEXT,
  decided_by_id TEXT,
  decided_by_name TEXT,
  decided_at BIGINT
);
CREATE INDEX ip_review_queue ON ip_review (state, requested_at, id);
CREATE UNIQUE INDEX ip_review_open ON ip_review (node_id) WHERE state = 'open';
