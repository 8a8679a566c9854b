"""A program of Debian's python3-etcd (the v2 API) against one member, for python-etcd.test.ts: what it prints is compared with what it prints of etcd.

Usage: python-etcd.py HOST PORT. Indexes are counted from where each part began; addresses and what depends on time are not printed.
"""

import sys
import threading

import etcd

TIMEOUT_S = 30


def say(*words):
    print(*words, flush=True)


def fails(what, *args, **kwargs):
    """The class of the error and what the server chose to say."""
    try:
        return ("answered", what(*args, **kwargs))
    except etcd.EtcdException as error:
        payload = getattr(error, "payload", None) or {}
        return (type(error).__name__, payload.get("errorCode"), payload.get("message"), payload.get("cause"))
    except NotImplementedError as error:
        return (type(error).__name__, str(error))


class Counted:
    """Indexes from where a part began."""

    def __init__(self, client):
        self.base = client.write("/base", "now").modifiedIndex

    def show(self, result):
        before = getattr(result, "_prev_node", None)
        return (
            result.action,
            result.key,
            result.value,
            result.dir,
            result.modifiedIndex - self.base,
            result.createdIndex - self.base,
            before and before.value,
        )


def keys(client):
    counted = Counted(client)
    say(counted.show(client.write("/a/k", "one")))
    say(counted.show(client.read("/a/k")))
    say(counted.show(client.write("/a/k", "two", prevValue="one")))
    say(fails(client.write, "/a/k", "three", prevValue="one")[:3])
    say(counted.show(client.test_and_set("/a/k", "three", "two")))
    say(fails(client.write, "/a/k", "x", prevExist=False)[:3])
    say(counted.show(client.update(client.read("/a/k"))))
    say(counted.show(client.delete("/a/k")))
    say(fails(client.read, "/a/k"))
    say([child.key for child in client.write("/a/dir", None, dir=True).children])
    say(fails(client.delete, "/a"), fails(client.write, "/", "x"))
    for name in "cab":
        client.write("/a/dir/%s" % name, name)
    say([(child.key, child.value) for child in client.read("/a", recursive=True, sorted=True).leaves])
    say(counted.show(client.delete("/a", recursive=True)))
    say(counted.show(client.pop("/base")))


def times_to_live(client):
    say(client.write("/ttl/k", "one", ttl=50).ttl, client.read("/ttl/k").ttl > 40)
    say(client.refresh("/ttl/k", ttl=100).action, client.read("/ttl/k").ttl > 90, client.read("/ttl/k").value)
    client.write("/ttl/short", "gone soon", ttl=1)
    event = client.watch("/ttl/short", timeout=TIMEOUT_S)
    say(event.action, event.key, event._prev_node.value)
    client.delete("/ttl", recursive=True)


def watches(client, connect):
    counted = Counted(client)
    first = client.write("/w/k", "one").modifiedIndex
    client.write("/w/other/k", "two")
    client.write("/w/k", "three")
    say(counted.show(client.watch("/w/k", index=first)), counted.show(client.watch("/w/k", index=first + 1)))
    say(counted.show(client.watch("/w", index=first + 1, recursive=True)))
    say(fails(client.watch, "/w/k", timeout=1)[0])
    heard = []
    ready = threading.Event()

    def listen():
        ready.set()
        for event in connect().eternal_watch("/w", index=first, recursive=True):
            heard.append(counted.show(event))
            if event.action == "delete":
                return

    thread = threading.Thread(target=listen)
    thread.start()
    ready.wait(TIMEOUT_S)
    for number in range(20):
        client.write("/w/many/%d" % number, str(number))
    client.delete("/w", recursive=True)
    thread.join(TIMEOUT_S)
    say(len(heard), *heard)


def locks(client, connect):
    lock = etcd.Lock(client, "job")
    say(lock.acquire(blocking=True, lock_ttl=60), lock.is_acquired)
    other = etcd.Lock(connect(), "job")
    say(other.acquire(blocking=False, lock_ttl=60), other.is_acquired)
    order = []

    def wait():
        other.acquire(blocking=True, lock_ttl=60)
        order.append("second")

    thread = threading.Thread(target=wait)
    thread.start()
    order.append("first")
    lock.release()
    thread.join(TIMEOUT_S)
    say(order, other.is_acquired, lock.is_acquired)
    other.release()
    with etcd.Lock(client, "job") as held:
        say(held.is_acquired)
    say(len(list(client.read("/_locks/job").leaves)))
    short = etcd.Lock(client, "job")
    short.acquire(lock_ttl=1)
    patient = etcd.Lock(connect(), "job")
    say(patient.acquire(blocking=True, lock_ttl=60), short.is_acquired)
    patient.release()


def elections(client, connect):
    """The library's own have gone; candidates stand in line by locks, and the first one's name is the leader's."""
    say(fails(lambda: client.election))
    leaders = []
    guard = threading.Lock()

    def campaign(name):
        lock = etcd.Lock(connect(), "leader")
        lock.acquire(blocking=True, lock_ttl=60)
        with guard:
            leaders.append(name)
            client.write("/leader", name)
        lock.release()

    threads = [threading.Thread(target=campaign, args=("candidate",)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(TIMEOUT_S)
    say(len(leaders), client.read("/leader").value)


def cluster(client):
    say(len(client.machines), len(client.members), bool(client.leader))
    say(sorted(client.stats), sorted(client.store_stats)[:3])


def main(host, port):
    def connect():
        return etcd.Client(host=host, port=port, read_timeout=TIMEOUT_S)

    client = connect()
    keys(client)
    times_to_live(client)
    watches(client, connect)
    locks(client, connect)
    elections(client, connect)
    cluster(client)


main(sys.argv[1], int(sys.argv[2]))
