-- What an administrator rejected stays with the organisation, whatever becomes of the node and its list.
CREATE TABLE ip_rejection (
  id TEXT PRIMARY KEY,
  organisation_id TEXT NOT NULL REFERENCES organisation (id) ON DELETE CASCADE,
  first_address TEXT NOT NULL,  -- 32 hex digits, IPv4 mapped into IPv6
  last_address TEXT NOT NULL,   -- an organisation's ranges do not overlap
  feedback TEXT NOT NULL,
  review_id TEXT,  -- no foreign keys: it outlives all of these. NULL: rejected before this table was there
  node_id TEXT NOT NULL,
  node_name TEXT NOT NULL,
  rejected_by_id TEXT,
  rejected_by_name TEXT,
  rejected_at BIGINT NOT NULL
);
CREATE INDEX ip_rejection_range ON ip_rejection (organisation_id, first_address);
CREATE INDEX ip_rejection_time ON ip_rejection (rejected_at, id);

-- sqlite:
-- What is listed as rejected today.
INSERT INTO ip_rejection (id, organisation_id, first_address, last_address, feedback, node_id, node_name, rejected_at)
  SELECT lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-a' ||
               substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))),
         n.organisation_id, substr(b.place, 1, 32),
         substr(b.place, 1, b.length / 4) ||
           CASE b.length % 4 WHEN 0 THEN ''
             ELSE substr('0123456789abcdef', instr('0123456789abcdef', substr(b.place, b.length / 4 + 1, 1)) +
                         CASE b.length % 4 WHEN 1 THEN 7 WHEN 2 THEN 3 ELSE 1 END, 1) END ||
           substr('ffffffffffffffffffffffffffffffff', 1, 32 - (b.length + 3) / 4),
         COALESCE(n.ip_space_feedback, 'an administrator rejected it'), n.id, n.name, b.since
  FROM ip_block b JOIN node n ON n.id = b.node_id WHERE b.state = 'rejected';
-- postgresql:
INSERT INTO ip_rejection (id, organisation_id, first_address, last_address, feedback, node_id, node_name, rejected_at)
  SELECT md5(b.node_id || b.place)::uuid::text,
         n.organisation_id, substr(b.place, 1, 32),
         substr(b.place, 1, (b.length / 4)::int) ||
           CASE b.length % 4 WHEN 0 THEN ''
             ELSE substr('0123456789abcdef', strpos('0123456789abcdef', substr(b.place, (b.length / 4)::int + 1, 1)) +
                         CASE b.length % 4 WHEN 1 THEN 7 WHEN 2 THEN 3 ELSE 1 END, 1) END ||
           substr('ffffffffffffffffffffffffffffffff', 1, 32 - ((b.length + 3) / 4)::int),
         COALESCE(n.ip_space_feedback, 'an administrator rejected it'), n.id, n.name, b.since
  FROM ip_block b JOIN node n ON n.id = b.node_id WHERE b.state = 'rejected';
-- Several nodes may have listed the same: of ranges that begin alike the widest stays, and none within another one.
DELETE FROM ip_rejection WHERE id IN (
  SELECT id FROM (
    SELECT id, last_address,
           MAX(last_address) OVER (PARTITION BY organisation_id ORDER BY first_address, last_address DESC, id
                                   ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reached
    FROM ip_rejection) ranges
  WHERE reached >= last_address);

-- Who owns an organisation, or once did. What was rejected for an organisation that they took on themselves waits in the
-- others too, whoever owns them by then; what was rejected where others made them an owner does not.
CREATE TABLE ownership (
  account_id TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  organisation_id TEXT NOT NULL REFERENCES organisation (id) ON DELETE CASCADE,
  by_themselves BIGINT NOT NULL,  -- 1: they accepted it, or the organisation was made for them
  PRIMARY KEY (account_id, organisation_id)
);
CREATE INDEX ownership_organisation ON ownership (organisation_id, account_id);
-- Accounts that step 7 made of one have its password's hash, which has a salt: they are one person. Others made them an
-- owner if the log says so of somebody who is no administrator.
INSERT INTO ownership (account_id, organisation_id, by_themselves)
  SELECT p.account_id, p.organisation_id, MIN(CASE WHEN EXISTS (
           SELECT 1 FROM audit e WHERE e.organisation_id = p.organisation_id
           AND (e.object_id = p.account_id OR e.object_id = p.member_id) AND e.action IN ('member.add', 'member.edit')
           AND e.after_json LIKE '%"owner"%' AND e.actor_id <> e.object_id
           AND NOT EXISTS (SELECT 1 FROM account x WHERE x.id = e.actor_id AND x.admin = 1)) THEN 0 ELSE 1 END)
  FROM (SELECT m.account_id, m.organisation_id, m.account_id AS member_id FROM membership m WHERE m.role = 'owner'
        UNION
        SELECT a.id, m.organisation_id, m.account_id FROM membership m JOIN account b ON b.id = m.account_id
        JOIN account a ON a.email = b.email AND a.password_hash = b.password_hash WHERE m.role = 'owner') p
  GROUP BY p.account_id, p.organisation_id;

-- Addresses of the node's blocks that nobody has decided on, up to 2^41: an organisation's sum is taken of these.
ALTER TABLE node ADD COLUMN pending_addresses BIGINT NOT NULL DEFAULT 0;
-- IPv4 (mapped) counts by address, IPv6 by /56, of which a smaller block is one; what is rejected is decided.
UPDATE node SET pending_addresses = (
  SELECT CAST(CASE WHEN SUM(c.addresses) > 2199023255552 THEN 2199023255552
                   ELSE COALESCE(SUM(c.addresses), 0) END AS BIGINT)
  FROM (SELECT CAST(1 AS BIGINT) << CAST(
                 CASE WHEN b.length >= 96 AND substr(b.place, 1, 24) = '00000000000000000000ffff' THEN 128 - b.length
                      WHEN b.length >= 56 THEN 0
                      WHEN b.length <= 15 THEN 41
                      ELSE 56 - b.length END AS INTEGER) AS addresses
        FROM ip_block b
        WHERE b.node_id = node.id AND b.state IN ('in_review', 'attention_required')) c);
CREATE INDEX node_claims
  ON node (organisation_id, id, routed_ipv4_addresses, routed_ipv6_networks, pending_addresses);

-- What stands in somebody's way, and what waits, are looked up apart, so that claims slow nobody else down.
ALTER TABLE ip_block ADD COLUMN organisation_id TEXT NOT NULL DEFAULT '';
UPDATE ip_block SET organisation_id = (SELECT n.organisation_id FROM node n WHERE n.id = ip_block.node_id);
DROP INDEX ip_block_place;
DROP INDEX ip_block_length;
CREATE INDEX ip_block_approved ON ip_block (realm, place, state, node_id) WHERE state = 'approved';
CREATE INDEX ip_block_approved_length ON ip_block (realm, length) WHERE state = 'approved';
CREATE INDEX ip_block_pending ON ip_block (realm, place, state, node_id)
  WHERE state IN ('in_review', 'attention_required');
CREATE INDEX ip_block_pending_length ON ip_block (realm, length) WHERE state IN ('in_review', 'attention_required');
CREATE INDEX ip_block_own ON ip_block (organisation_id, realm, place, state, node_id) WHERE state <> 'approved';
CREATE INDEX ip_block_own_length ON ip_block (organisation_id, realm, length) WHERE state <> 'approved';

-- Nodes with blocks that wait, to be looked at again because something that they waited for is gone.
CREATE TABLE ip_recheck (
  node_id TEXT PRIMARY KEY REFERENCES node (id) ON DELETE CASCADE,
  organisation_id TEXT NOT NULL,  -- the node's: organisations take turns
  waiting_since BIGINT NOT NULL   -- of an organisation's nodes the longest waiting comes first
);
CREATE INDEX ip_recheck_order ON ip_recheck (organisation_id, waiting_since, node_id);
-- Until now, what others had merely asked for was in the way too.
INSERT INTO ip_recheck (node_id, organisation_id, waiting_since)
  SELECT b.node_id, b.organisation_id, MIN(b.since) FROM ip_block b
  WHERE b.state IN ('in_review', 'attention_required') GROUP BY b.node_id, b.organisation_id;
