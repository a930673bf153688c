CREATE TABLE sign_in_session (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  secret_hash TEXT NOT NULL UNIQUE,
  csrf_token TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  address TEXT NOT NULL,
  user_agent TEXT NOT NULL
);
CREATE INDEX sign_in_session_account ON sign_in_session (account_id);

CREATE TABLE api_token (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  secret_hash TEXT NOT NULL UNIQUE,
  secret_prefix TEXT NOT NULL,
  scopes TEXT NOT NULL,  -- separated by blanks
  created_at BIGINT NOT NULL,
  expires_at BIGINT,
  last_used_at BIGINT
);
CREATE INDEX api_token_account ON api_token (account_id);

CREATE TABLE device_authorization (
  id TEXT PRIMARY KEY,
  device_code_hash TEXT NOT NULL UNIQUE,
  user_code TEXT NOT NULL UNIQUE,
  client TEXT NOT NULL,
  scopes TEXT NOT NULL,  -- asked for; '' is all but admin
  address TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'approved', 'denied')),
  account_id TEXT REFERENCES account (id) ON DELETE CASCADE,
  interval_s BIGINT NOT NULL,
  last_poll_at BIGINT,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX device_authorization_age ON device_authorization (expires_at);

CREATE TABLE single_sign_on (
  state_hash TEXT PRIMARY KEY,
  nonce TEXT NOT NULL,
  code_verifier TEXT NOT NULL,
  return_to TEXT NOT NULL,
  expires_at BIGINT NOT NULL
);

-- Attempts at what is guarded by a secret, noted before they are known to fail and forgotten when they do not.
CREATE TABLE sign_in_failure (
  id TEXT NOT NULL,       -- of the attempt: one row for each subject
  subject TEXT NOT NULL,  -- whom it counts against: an account, a network
  expires_at BIGINT NOT NULL,
  PRIMARY KEY (id, subject)
);
CREATE INDEX sign_in_failure_subject ON sign_in_failure (subject, expires_at);
CREATE INDEX sign_in_failure_age ON sign_in_failure (expires_at);

-- Where somebody signed in from: strangers' attempts do not count there.
CREATE TABLE known_network (
  account_id TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  network TEXT NOT NULL,
  seen_at BIGINT NOT NULL,
  PRIMARY KEY (account_id, network)
);

CREATE TABLE recovery_code (
  account_id TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  code_hash TEXT NOT NULL,
  PRIMARY KEY (account_id, code_hash)
);

CREATE TABLE invitation (
  id TEXT PRIMARY KEY,
  organisation_id TEXT NOT NULL REFERENCES organisation (id) ON DELETE CASCADE,
  email TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'owner')),
  secret_hash TEXT NOT NULL UNIQUE,
  invited_by_id TEXT,
  invited_by_name TEXT NOT NULL,
  email_vouched BIGINT NOT NULL,  -- 1: an administrator says so
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX invitation_organisation ON invitation (organisation_id);

CREATE TABLE access_request (
  id TEXT PRIMARY KEY,
  organisation_name TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('isp', 'enterprise')),
  asn BIGINT,
  contact_name TEXT NOT NULL,
  contact_email TEXT NOT NULL,
  contact_phone TEXT NOT NULL,
  message TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'approved', 'refused')),
  reason TEXT,
  address TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  decided_at BIGINT,
  decided_by_id TEXT,
  decided_by_name TEXT,
  organisation_id TEXT
);
CREATE INDEX access_request_queue ON access_request (state, created_at, id);
