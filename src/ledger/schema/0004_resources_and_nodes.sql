CREATE TABLE resource (
  id TEXT PRIMARY KEY,
  organisation_id TEXT NOT NULL REFERENCES organisation (id),
  name TEXT NOT NULL,
  name_key TEXT NOT NULL,
  notes TEXT NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  UNIQUE (organisation_id, name_key)
);

CREATE TABLE node (
  id TEXT PRIMARY KEY,
  organisation_id TEXT NOT NULL REFERENCES organisation (id),
  resource_id TEXT NOT NULL REFERENCES resource (id),
  name TEXT NOT NULL,
  name_key TEXT NOT NULL,
  ipv4_address TEXT,
  ipv6_address TEXT,
  fqdn TEXT,
  share_blocks BIGINT NOT NULL,
  intent TEXT NOT NULL CHECK (intent IN ('enabled', 'disabled', 'draining')),
  draining_until BIGINT,
  max_egress_mbps BIGINT,
  proxy_url TEXT,
  ring TEXT NOT NULL CHECK (ring IN ('fast', 'slow')),
  update_week BIGINT,
  update_day BIGINT,
  update_time TEXT,
  labels_json TEXT NOT NULL,
  drives_json TEXT NOT NULL,
  notes TEXT NOT NULL,
  ip_space_state TEXT NOT NULL,
  ip_space_feedback TEXT,
  ipv4_addresses BIGINT NOT NULL,  -- these four: of its blocks, kept in step with them
  ipv6_networks BIGINT NOT NULL,
  routed_ipv4_addresses BIGINT NOT NULL,
  routed_ipv6_networks BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  UNIQUE (resource_id, name_key)
);
CREATE INDEX node_organisation ON node (organisation_id, name_key, id);
CREATE INDEX node_name ON node (name_key, id);
CREATE INDEX node_created ON node (created_at, id);
CREATE INDEX node_updated ON node (updated_at, id);
CREATE INDEX node_ipv4 ON node (ipv4_address);
CREATE INDEX node_ipv6 ON node (ipv6_address);

CREATE TABLE registration_key (
  node_id TEXT PRIMARY KEY REFERENCES node (id) ON DELETE CASCADE,
  secret_hash TEXT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT,
  created_at BIGINT NOT NULL
);
