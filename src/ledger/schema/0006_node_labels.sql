-- The labels of nodes, to find nodes by: in step with labels_json, which is what is shown.
CREATE TABLE node_label (
  node_id TEXT NOT NULL REFERENCES node (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (node_id, name)
);
CREATE INDEX node_label_value ON node_label (name, value, node_id);
-- sqlite:
INSERT INTO node_label (node_id, name, value)
  SELECT n.id, l.key, l.value FROM node n CROSS JOIN json_each(n.labels_json) l;
-- postgresql:
INSERT INTO node_label (node_id, name, value)
  SELECT n.id, l.key, l.value FROM node n CROSS JOIN json_each_text(n.labels_json::json) l;
