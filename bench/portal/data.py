"""Data: 10,000 nodes with 1,000,000 blocks, the same for every database, written straight into the tables."""

import json
import random
import sqlite3

ORGANISATIONS = 100
NODES = 10_000
BLOCKS = 1_000_000
SEED = 20261121
NOW_MS = 1_795_000_000_000
NIBBLES = 32
MAPPED = "ffff".rjust(NIBBLES - 8, "0")
SLOT = 2048  # addresses: a block lies in a slot of its own, at the slot's beginning
FIRST_SLOT, LAST_SLOT = 0x0B000000 // SLOT, 0xDF000000 // SLOT  # 11.0.0.0 to 223.0.0.0
RESERVED = (100, 127, 169, 172, 192, 198, 203)  # first bytes with ranges that are nobody's


class Data:
    def __init__(self):
        self._random = random.Random(SEED)
        slots = [slot for slot in range(FIRST_SLOT, LAST_SLOT) if slot * SLOT >> 24 not in RESERVED]
        self._random.shuffle(slots)
        self._labels = []  # of each node, as they are made
        self._taken, self._free = slots[:BLOCKS], slots[BLOCKS:]

    def tables(self):
        """(table, columns, rows) in the order in which they may be filled."""
        yield "organisation", "id name name_key kind asn contact_name contact_email contact_phone version created_at " \
            "updated_at", (self._organisation(i) for i in range(ORGANISATIONS))
        yield "resource", "id organisation_id name name_key notes version created_at updated_at", \
            (self._resource(i) for i in range(ORGANISATIONS))
        yield "node", NODE_COLUMNS, (self._node(i) for i in range(NODES))
        yield "node_label", "node_id name value", \
            ((node_id(i), *label) for i, labels in enumerate(self._labels) for label in labels.items())
        yield "ip_block", "node_id place length realm position state reasons_json since organisation_id", \
            (self._block(i, slot) for i, slot in enumerate(self._taken))

    @staticmethod
    def _organisation(i):
        name = f"Organisation {i:03}"
        return id_of("0", i), name, name.lower(), "isp", 64500 + i, "", "", "", 1, NOW_MS, NOW_MS

    @staticmethod
    def _resource(i):
        return id_of("1", i), id_of("0", i), "Main", "main", "", 1, NOW_MS, NOW_MS

    def _node(self, i):
        name = f"{self._random.choice(CITIES)}-{i}"
        self._labels.append({"site": name[:3], "rack": str(i % 40)})
        values = {"id": node_id(i), "organisation_id": id_of("0", i % ORGANISATIONS),
                  "resource_id": id_of("1", i % ORGANISATIONS), "name": name, "name_key": name,
                  "ipv4_address": f"9.{i // 65536}.{i // 256 % 256}.{i % 256}", "ipv6_address": None,
                  "fqdn": f"{name}.example.net", "share_blocks": 0, "intent": "enabled", "draining_until": None,
                  "max_egress_mbps": 10000, "proxy_url": None, "ring": "fast" if i % 10 == 0 else "slow",
                  "update_week": None, "update_day": None, "update_time": None,
                  "labels_json": compact(self._labels[i]),
                  "drives_json": compact([{"path": "/var/lib/larder/one", "size_gib": 500}]), "notes": "",
                  "ip_space_state": "valid" if i % 7 else "in_review", "ip_space_feedback": None,
                  "ipv4_addresses": 51200, "ipv6_networks": 0, "routed_ipv4_addresses": 51200, "routed_ipv6_networks": 0,
                  "version": 1, "created_at": NOW_MS + i, "updated_at": NOW_MS + self._random.randrange(10**9)}
        return tuple(values[column] for column in NODE_COLUMNS.split())

    def _block(self, i, slot):
        node = i % NODES
        length = self._random.randrange(21, 29)
        place = f"{MAPPED}{slot * SLOT:08x}{96 + length:02x}"
        return node_id(node), place, 96 + length, "", i // NODES, "approved", "[]", NOW_MS, \
            id_of("0", node % ORGANISATIONS)

    def new_list(self, count, overlapping):
        """A list of blocks that is not there yet, some of which lie over blocks that are."""
        chosen = self._random.sample(self._taken, overlapping) + self._random.sample(self._free, count - overlapping)
        self._random.shuffle(chosen)
        return [f"{slot * SLOT >> 24}.{slot * SLOT >> 16 & 255}.{slot * SLOT >> 8 & 255}.0/{self._random.randrange(21, 25)}"
                for slot in chosen]


NODE_COLUMNS = ("id organisation_id resource_id name name_key ipv4_address ipv6_address fqdn share_blocks intent "
                "draining_until max_egress_mbps proxy_url ring update_week update_day update_time labels_json drives_json "
                "notes ip_space_state ip_space_feedback ipv4_addresses ipv6_networks routed_ipv4_addresses "
                "routed_ipv6_networks version created_at updated_at")
CITIES = ("seattle", "berlin", "lagos", "lima", "osaka", "oslo", "perth", "quito", "riga", "turin")


def compact(value):
    """JSON as the portal writes it."""
    return json.dumps(value, separators=(",", ":"))


def id_of(kind, number):
    return f"019aa000-{kind}000-7000-8000-{number:012x}"


def node_id(number):
    return id_of("2", number)


def fill_sqlite(data, file):
    connection = sqlite3.connect(file, isolation_level=None)
    for statement in ("PRAGMA synchronous = OFF", "PRAGMA cache_size = -200000", "BEGIN"):
        connection.execute(statement)
    for table, columns, rows in data.tables():
        marks = ", ".join("?" * len(columns.split()))
        connection.executemany(f"INSERT INTO {table} ({', '.join(columns.split())}) VALUES ({marks})", rows)
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def fill_postgres(data, server, database, folder):
    """`folder` is one that the server can read."""
    for table, columns, rows in data.tables():
        file = folder / table
        with open(file, "w", encoding="utf-8") as out:
            # No text of ours has a tab or a backslash in it.
            out.writelines("\t".join("\\N" if value is None else str(value) for value in row) + "\n" for row in rows)
        file.chmod(0o644)
        server.query(f"COPY {table} ({', '.join(columns.split())}) FROM '{file}'", database)
        file.unlink()
