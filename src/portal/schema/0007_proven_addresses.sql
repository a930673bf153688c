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
UPDATE account SET email_key = email_key || ' ' || COALESCE(organisation_id, id) WHERE email_vouched = 0;
CREATE INDEX account_organisation ON account (organisation_id);
