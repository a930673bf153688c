CREATE TABLE organisation (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL UNIQUE,  -- the name in lower case
  kind TEXT NOT NULL CHECK (kind IN ('isp', 'enterprise')),
  asn BIGINT,
  contact_name TEXT NOT NULL,
  contact_email TEXT NOT NULL,
  contact_phone TEXT NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);

CREATE TABLE account (
  id TEXT PRIMARY KEY,
  email TEXT NOT NULL,
  email_key TEXT NOT NULL UNIQUE,  -- in lower case
  name TEXT NOT NULL,
  password_hash TEXT,              -- argon2id; null: no password (single sign-on only)
  admin BIGINT NOT NULL,
  disabled BIGINT NOT NULL,
  totp_secret TEXT,                -- base32; in force only with totp_enabled
  totp_enabled BIGINT NOT NULL,
  totp_last_step BIGINT NOT NULL,  -- a code is good once
  sso_subject TEXT UNIQUE,         -- issuer, a blank, subject
  email_vouched BIGINT NOT NULL DEFAULT 0,  -- 0: whoever had the invitation says that the e-mail is theirs
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  last_sign_in_at BIGINT
);

CREATE TABLE membership (
  account_id TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  organisation_id TEXT NOT NULL REFERENCES organisation (id) ON DELETE CASCADE,
  role TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'owner')),
  since BIGINT NOT NULL,
  PRIMARY KEY (account_id, organisation_id)
);
CREATE INDEX membership_organisation ON membership (organisation_id);

CREATE TABLE customer_key (
  organisation_id TEXT NOT NULL REFERENCES organisation (id) ON DELETE CASCADE,
  slot TEXT NOT NULL CHECK (slot IN ('primary', 'secondary')),
  secret TEXT NOT NULL,  -- shown to operators whenever they install a node
  created_at BIGINT NOT NULL,
  PRIMARY KEY (organisation_id, slot)
);
