-- Keys that the portals of this database share and nobody else has.
CREATE TABLE portal_key (
  name TEXT PRIMARY KEY,  -- what it is for
  secret TEXT NOT NULL
);
