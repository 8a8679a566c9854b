"""A program of Debian's python3-etcd (v2) against one member, for python-etcd.test.ts: what it prints is compared with what it prints of etcd.

Usage: python-etcd.py HOST PORT. Indices are printed as counted from the first write; addresses and what depends on time are not printed.
"""

import sys
import threading

import etcd

TIMEOUT_S = 30


def say(*words):
    print(*words, flush=True)


def fails(what, *args, **kwargs):
    try:
        return ("answered", what(*args, **kwargs).value)
    except etcd.EtcdException as error:
        return (type(error).__name__, str(error).split(" : ")[0])


class Shown:
    """Results as text, their indices relative to the first write."""

    def __init__(self, base):
        self.base = base

    def __call__(self, result):
        ttl = None if result.ttl is None else "some"
        return (result.action, result.key, result.value, result.dir, ttl, result.modifiedIndex - self.base, result.createdIndex - self.base, result.newKey)


def keys(client, show):
    say(show(client.write("/p/k", "one")))
    say(show(client.read("/p/k")), show(client.read("/p/k", quorum=True)))
    say(show(client.set("/p/k", "two")), client.get("/p/k").value)
    say(show(client.write("/p/k", "three", prevValue="two")))
    say(show(client.test_and_set("/p/k", "four", "three")))
    say(fails(client.write, "/p/k", "x", prevValue="wrong"))
    say(fails(client.write, "/p/k", "x", prevExist=False))
    say(fails(client.write, "/p/none", "x", prevExist=True))
    say(fails(client.read, "/p/none"), fails(client.write, "/p/k/below", "x"), fails(client.delete, "/p"))
    result = client.read("/p/k")
    result.value = "five"
    say(show(client.update(result)))
    say("/p/k" in client, "/p/none" in client)
    say(show(client.pop("/p/k")), fails(client.delete, "/p/k"))


def directories(client, show):
    say(show(client.write("/d", None, dir=True)), fails(client.write, "/d", None, dir=True))
    for name in ("b", "a", "c/e"):
        client.write("/d/" + name, name)
    for value in ("first", "second"):
        say(show(client.write("/d/queue", value, append=True))[2])
    say(sorted((each.key.rsplit("/", 1)[0], each.value) for each in client.read("/d", recursive=True, sorted=True).leaves))
    say([child.key for child in client.read("/d", sorted=True).children])
    say(fails(client.delete, "/d", dir=True), show(client.delete("/d", recursive=True)))


def times(client, show):
    say(show(client.write("/t/k", "v", ttl=5000)), show(client.refresh("/t/k", ttl=4000)), client.read("/t/k").value)
    say(fails(client.refresh, "/t/none", ttl=10))
    written = client.write("/t/over", "v", ttl=1)
    over = client.watch("/t/over", index=written.modifiedIndex + 1, timeout=TIMEOUT_S)
    say(over.action, over.key, over._prev_node.value, fails(client.read, "/t/over"))


def watches(client, show):
    first = client.write("/w/a", "1")
    seen = []

    def watch():
        for event in client.eternal_watch("/w", index=first.modifiedIndex, recursive=True):
            seen.append((event.action, event.key, event.value))
            if len(seen) == 4:
                return

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    client.write("/w/b/c", "2")
    client.delete("/w/a")
    client.write("/outside", "x")
    client.write("/w/d", "3")
    watcher.join(TIMEOUT_S)
    say(seen)
    try:
        client.watch("/w/never", timeout=1)
    except etcd.EtcdWatchTimedOut as error:
        say(type(error).__name__)


def locks(client, show):
    one, two = etcd.Lock(client, "job"), etcd.Lock(client, "job")
    say(one.acquire(lock_ttl=60), one.is_acquired, two.acquire(blocking=False, lock_ttl=60), two.is_acquired)
    taken = []
    waiter = threading.Thread(target=lambda: taken.append(two.acquire(lock_ttl=60)), daemon=True)
    waiter.start()
    one.release()
    waiter.join(TIMEOUT_S)
    say(taken, one.is_acquired, two.is_acquired)
    two.release()
    with etcd.Lock(client, "other") as held:
        say(held.is_acquired)
    say(fails(client.read, "/_locks/none"))


def cluster(client, show):
    say(len(client.machines), len(client.members), sorted(client.leader.keys()))
    say(sorted(client.store_stats.keys()))


def main():
    client = etcd.Client(host=sys.argv[1], port=int(sys.argv[2]), read_timeout=TIMEOUT_S)
    show = Shown(client.write("/begin", "x").modifiedIndex)
    for part in (keys, directories, times, watches, locks, cluster):
        say("--", part.__name__)
        part(client, show)


main()
