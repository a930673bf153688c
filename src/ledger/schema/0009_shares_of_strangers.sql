-- Browsers that somebody signed in with: what others try does not count there, also from the same network.
CREATE TABLE known_browser (
  account_id TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  secret_hash TEXT NOT NULL,  -- of the browser's cookie
  seen_at BIGINT NOT NULL,
  PRIMARY KEY (account_id, secret_hash)
);

-- Whose share it takes of what strangers may leave to wait; '': nobody's.
ALTER TABLE access_request ADD COLUMN site TEXT NOT NULL DEFAULT '';
-- The site of an IPv6 address is its /48, which SQL does not tell: those that wait by now are nobody's.
UPDATE access_request SET site = address WHERE address NOT LIKE '%:%';
ALTER TABLE device_authorization ADD COLUMN site TEXT NOT NULL DEFAULT '';
ALTER TABLE single_sign_on ADD COLUMN site TEXT NOT NULL DEFAULT '';
-- The attempt that its beginning was counted as.
ALTER TABLE single_sign_on ADD COLUMN attempt_id TEXT NOT NULL DEFAULT '';
