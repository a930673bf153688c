"""Changes: a stream of creates, edits and deletes from several threads, and what must be true of them afterwards.

Each thread has a resource of its own, so that it knows what its nodes must look like. Every request has an
Idempotency-Key or a version, so that it can be sent again when its answer is lost.
"""

import http.client
import random
import threading

LOST = (OSError, http.client.HTTPException)


class Writer:
    """One thread's nodes. `nodes`: what was answered, by id."""

    def __init__(self, world, client, resource, seed):
        self.world, self.client, self.resource = world, client, resource
        self.random = random.Random(seed)
        self.nodes = {}
        self.deleted = set()
        self.pending = None  # the request whose answer is not there yet: (what, details)
        self.answered = 0
        self.refused = []  # problems of 503

    def step(self):
        """One change. Raises LOST if the portal went away."""
        what = self.random.choice(["create", "create", "edit", "edit", "delete"]) if self.nodes else "create"
        self.pending = getattr(self, f"plan_{what}")()
        if self.finish():
            self.answered += 1

    def plan_create(self):
        return "create", {"key": f"key-{self.world.number()}", "body": self.world.node_body()}

    def plan_edit(self):
        number = self.world.number()
        node = self.random.choice(list(self.nodes))
        blocks = [self.world.block() for _ in range(self.random.randrange(1, 4))]
        return "edit", {"id": node, "body": {"notes": f"edit {number}", "max_egress_mbps": number, "cidr_blocks": blocks}}

    def plan_delete(self):
        return "delete", {"id": self.random.choice(list(self.nodes))}

    def finish(self):
        """Sends what is pending, for the first time or again; whether it was done."""
        what, details = self.pending
        done = getattr(self, f"send_{what}")(**details)
        self.pending = None
        return done

    def refuse(self, answer):
        assert answer.status == 503 or answer.problem == "idempotency-in-progress", \
            f"{answer.status}: {answer.body.decode()[:1000]}"
        self.refused.append(answer)
        raise ConnectionError("the portal is not available at the moment")

    def send_create(self, key, body):
        answer = self.client.ask("POST", f"/resources/{self.resource}/nodes", body, {"Idempotency-Key": key})
        if answer.status == 201:
            self.nodes[answer.json["id"]] = answer.json
            return True
        return self.refuse(answer)

    def send_edit(self, id, body):
        answer = self.client.ask("PATCH", f"/nodes/{id}", body, {"If-Match": "*"})
        if answer.status == 200:
            self.nodes[id] = answer.json
            return True
        return self.refuse(answer)

    def send_delete(self, id):
        answer = self.client.ask("DELETE", f"/nodes/{id}", {"name": self.nodes[id]["name"]})
        if answer.status in (200, 404):  # 404: it was deleted, and the answer was lost
            del self.nodes[id]
            self.deleted.add(id)
            return True
        return self.refuse(answer)

    # What must be true after a crash, before anything is sent again.

    def check_what_is_there(self, client, test):
        found = {node["id"]: node for node in client.items("/nodes", resource=self.resource, limit="500")}
        for node in found.values():
            node.pop("address_conflicts", None)  # what only administrators are told
        what, details = self.pending or (None, {})
        for id, node in self.nodes.items():
            if id == details.get("id"):
                self.check_half_done(what, details, node, found.pop(id, None), test)
            else:
                test.assertEqual(found.pop(id, None), node, "an answered change is not there as it was answered")
        test.assertFalse(self.deleted & set(found), "a deleted node is there again")
        if what == "create" and found:
            (_, made), = found.items()
            test.assertEqual({name: made[name] for name in details["body"]}, details["body"], "made by half")
            found = {}
        test.assertEqual(found, {}, "a node that nobody made")

    @staticmethod
    def check_half_done(what, details, before, now, test):
        """An unanswered change is there wholly or not at all."""
        if what == "delete":
            test.assertIn(now, (None, before))
            return
        test.assertIsNotNone(now)
        changed = [name for name, value in details["body"].items() if now[name] == value]
        kept = [name for name in details["body"] if now[name] == before[name]]
        test.assertIn(len(changed), (0, len(details["body"])), f"edited by half: {changed}")
        test.assertTrue(changed or len(kept) == len(details["body"]))


class Load:
    """Writers on threads, until the portal goes away or stop()."""

    def __init__(self, writers):
        self.writers = writers
        self.errors = []
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(writer,)) for writer in writers]
        for thread in self._threads:
            thread.start()

    @property
    def answered(self):
        return sum(writer.answered for writer in self.writers)

    @property
    def is_over(self):
        """Nobody changes anything any more: each met an error, or an answer that says to come again."""
        return not any(thread.is_alive() for thread in self._threads)

    def join(self):
        for thread in self._threads:
            thread.join()
        if self.errors:
            raise self.errors[0]

    def stop(self):
        self._stopping.set()
        self.join()

    def _run(self, writer):
        try:
            while not self._stopping.is_set():
                writer.step()
        except LOST:
            pass
        except BaseException as error:
            self.errors.append(error)


def check_invariants(client, resources, test):
    """What must be true of the database as the API shows it, whatever happened to it."""
    entries = [entry for entry in client.items("/audit", limit="500") if entry["object"]["kind"] == "node"]
    history = {}
    for entry in entries:
        history.setdefault(entry["object"]["id"], []).append(entry["action"])
    alive = set()
    for resource in resources:
        nodes = client.items("/nodes", resource=resource, limit="500")
        test.assertEqual(client.get(f"/resources/{resource}").json["node_count"], len(nodes))
        for node in nodes:
            alive.add(node["id"])
            check_node(client, node, history, test)
    for id, actions in history.items():
        test.assertEqual(actions.count("node.create"), 1, actions)
        test.assertEqual(actions.count("node.delete"), 0 if id in alive else 1, actions)


def check_node(client, node, history, test):
    space = client.get(f"/nodes/{node['id']}/ip-space").json
    test.assertEqual([block["prefix"] for block in space["blocks"]], node["cidr_blocks"])
    test.assertEqual(sum(block["ipv4_addresses"] for block in space["blocks"]), node["ip_space"]["ipv4_addresses"])
    routed = sum(block["ipv4_addresses"] for block in space["blocks"] if block["state"] == "approved")
    test.assertEqual(routed, node["ip_space"]["routed_ipv4_addresses"])
    version = int(client.get(f"/nodes/{node['id']}").etag.strip('"').split('-')[0])
    test.assertEqual(history[node["id"]].count("node.edit"), version - 1, "each version has its audit entry")
