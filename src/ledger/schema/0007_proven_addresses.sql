-- What somebody without proof said of themselves stood as who did it: actor_claims is the e-mail that an anonymous actor
-- says is theirs.
ALTER TABLE audit ADD COLUMN actor_claims TEXT;
UPDATE audit SET actor_claims = actor_name, actor_name = 'anonymous', via = 'nobody'
  WHERE actor_id IS NULL AND action IN ('access-request.create', 'sign-in.fail');

-- An account whose e-mail nobody has proven belongs to the organisation that invited it, and keeps the address from nobody:
-- its email_key is the address in lower case, a blank, and the organisation's id. No address has a blank.
ALTER TABLE account ADD COLUMN organisation_id TEXT REFERENCES organisation (id) ON DELETE CASCADE;
UPDATE account SET email_vouched = 1 WHERE admin = 1 OR sso_subject IS NOT NULL;
UPDATE account SET organisation_id = (SELECT m.organisation_id FROM membership m WHERE m.account_id = account.id
                                      ORDER BY m.since, m.organisation_id LIMIT 1)
  WHERE email_vouched = 0;
CREATE INDEX account_organisation ON account (organisation_id);

-- sqlite:
-- Who is in several organisations gets an account in each, with the same password and one-time codes: nobody loses what
-- they had, and none of the organisations can take them out of the others.
INSERT INTO account (id, email, email_key, name, password_hash, admin, disabled, totp_secret, totp_enabled,
                     totp_last_step, email_vouched, version, created_at, updated_at, last_sign_in_at, organisation_id)
  SELECT lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-a' ||
               substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))),
         a.email, a.email_key || ' ' || m.organisation_id, a.name, a.password_hash, 0, a.disabled, a.totp_secret,
         a.totp_enabled, a.totp_last_step, 0, a.version, a.created_at, a.updated_at, a.last_sign_in_at,
         m.organisation_id
  FROM account a JOIN membership m ON m.account_id = a.id
  WHERE a.email_vouched = 0 AND m.organisation_id <> a.organisation_id;
-- postgresql:
INSERT INTO account (id, email, email_key, name, password_hash, admin, disabled, totp_secret, totp_enabled,
                     totp_last_step, email_vouched, version, created_at, updated_at, last_sign_in_at, organisation_id)
  SELECT md5(a.id || m.organisation_id)::uuid::text,
         a.email, a.email_key || ' ' || m.organisation_id, a.name, a.password_hash, 0, a.disabled, a.totp_secret,
         a.totp_enabled, a.totp_last_step, 0, a.version, a.created_at, a.updated_at, a.last_sign_in_at,
         m.organisation_id
  FROM account a JOIN membership m ON m.account_id = a.id
  WHERE a.email_vouched = 0 AND m.organisation_id <> a.organisation_id;
-- Until here the first account has its plain address as its key, by which the others are found.
INSERT INTO recovery_code (account_id, code_hash)
  SELECT b.id, r.code_hash FROM recovery_code r JOIN account a ON a.id = r.account_id
  JOIN account b ON b.email_key = a.email_key || ' ' || b.organisation_id WHERE a.email_vouched = 0;
UPDATE invitation SET invited_by_id = COALESCE(
  (SELECT b.id FROM account a JOIN account b ON b.email_key = a.email_key || ' ' || invitation.organisation_id
   WHERE a.id = invitation.invited_by_id AND a.email_vouched = 0), invited_by_id);
UPDATE membership SET account_id = COALESCE(
  (SELECT b.id FROM account a JOIN account b ON b.email_key = a.email_key || ' ' || membership.organisation_id
   WHERE a.id = membership.account_id AND a.email_vouched = 0), account_id);
UPDATE account SET email_key = email_key || ' ' || COALESCE(organisation_id, id)
  WHERE email_vouched = 0 AND email_key NOT LIKE '% %';
