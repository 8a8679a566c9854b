"""A program of Debian's python3-etcd3 against one member, for python-etcd3.test.ts: what it prints is compared with what it prints of etcd.

Usage: python-etcd3.py HOST PORT. Ids, addresses and what depends on time are not printed.
"""

import io
import sys
import threading

import etcd3

from python_words import fails, say

TIMEOUT_S = 30


def show(pair):
    value, meta = pair
    if meta is None:
        return (value, None)
    return (meta.key, value, meta.create_revision, meta.mod_revision, meta.version)


def put_get_delete(client):
    client.put("a/k", "one")
    say(show(client.get("a/k")))
    say(client.put("a/k", "two", prev_kv=True).prev_kv.value)
    say(show(client.get("a/k")), show(client.get("a/k", serializable=True)))
    say(client.get("a/none"))
    client.put("a/bytes", b"\x00\xff\x01")
    say(show(client.get("a/bytes")))
    say(client.delete("a/k"), client.delete("a/k"))
    say(client.delete("a/bytes", prev_kv=True, return_response=True).prev_kvs[0].value)
    say(client.put_if_not_exists("a/once", "1"), client.put_if_not_exists("a/once", "2"), client.get("a/once")[0])
    say(client.replace("a/once", "1", "3"), client.replace("a/once", "1", "4"), client.get("a/once")[0])
    say(fails(client.put, "", "x"))
    say(fails(client.put, "a/big", "x" * 1_600_000))


def prefixes(client):
    for number in (3, 1, 2):
        client.put("b/%d" % number, "value %d" % number)
    client.put("bb", "outside")
    say([show(pair) for pair in client.get_prefix("b/")])
    say([show(pair) for pair in client.get_prefix("b/", sort_order="descend", sort_target="key")])
    say([show(pair)[0] for pair in client.get_prefix("b/", keys_only=True)])
    say([show(pair)[0] for pair in client.get_range("b/2", "bb")])
    say(len(list(client.get_all())))
    say(client.get_prefix_response("b/").count)
    say(client.delete_prefix("b/").deleted, client.delete_prefix("b/").deleted)
    say(client.get("bb")[0])


def transactions(client):
    client.put("c/k", "old")
    tx = client.transactions
    succeeded, responses = client.transaction(
        compare=[tx.value("c/k") == "old", tx.version("c/k") > 0],
        success=[tx.put("c/k", "new"), tx.put("c/l", "also"), tx.get("c/m")],
        failure=[tx.get("c/k")],
    )
    say(succeeded, len(responses))
    succeeded, responses = client.transaction(
        compare=[tx.create("c/k") == 0],
        success=[tx.put("c/k", "never")],
        failure=[tx.get("c/k"), tx.delete("c/l")],
    )
    say(succeeded, [show(pair) for pair in responses[0]])
    nested = tx.txn(compare=[tx.mod("c/l") == 0], success=[tx.put("c/l", "nested")], failure=[])
    say(client.transaction(compare=[], success=[nested], failure=[])[0], client.get("c/l")[0])
    twice = [tx.put("c/k", "1"), tx.put("c/k", "2")]
    say(fails(client.transaction, compare=[], success=twice, failure=[]))


def watches(client):
    first = client.put("d/k", "before").header.revision
    events, cancel = client.watch_prefix("d/", start_revision=first, prev_kv=True)
    client.put("d/k", "after")
    client.delete("d/k")
    client.put("e/k", "not watched")
    client.put("d/l", "last")
    for _ in range(4):
        event = next(events)
        say(type(event).__name__, event.key, event.value, event.prev_value)
    cancel()
    say(list(events))
    heard = threading.Event()
    values = []

    def callback(response):
        values.extend(event.value for event in response.events)
        if b"end" in values:
            heard.set()

    number = client.add_watch_callback("d/called", callback)
    for value in ("1", "2", "end"):
        client.put("d/called", value)
    say(heard.wait(TIMEOUT_S), values)
    client.cancel_watch(number)
    timer = threading.Timer(0.2, client.put, ("d/once", "came"))
    timer.start()
    event = client.watch_once("d/once", timeout=TIMEOUT_S)
    say(event.key, event.value)
    timer.join()


def leases(client):
    lease = client.lease(60)
    say(lease.id > 0, lease.granted_ttl, 50 <= lease.remaining_ttl <= 60)
    client.put("f/k", "kept", lease=lease)
    client.put("f/l", "kept too", lease=lease.id)
    say(sorted(lease.keys))
    say([response.TTL for response in client.refresh_lease(lease.id)])
    lease.revoke()
    say(client.get("f/k"), client.get_lease_info(lease.id).TTL)
    say(fails(client.put, "f/k", "late", lease=lease.id))
    say(fails(client.revoke_lease, lease.id))
    own = client.lease(60, lease_id=4711)
    say(own.id, fails(client.lease, 60, lease_id=4711))
    say([response.TTL for response in client.refresh_lease(815)])


def acquire(client, lock):
    """Debian's library fails where it should wait for a lock, since Debian's tenacity calls it otherwise; so the waiting is done here."""
    while True:
        try:
            return lock.acquire()
        except TypeError:
            try:
                client.watch_once(lock.key, timeout=0.2)
            except etcd3.exceptions.WatchTimedOut:
                pass


def locks(client):
    first = client.lock("shared", ttl=60)
    second = client.lock("shared", ttl=60)
    say(first.acquire(), first.is_acquired(), second.is_acquired(), fails(second.acquire)[0])
    say([response.TTL for response in first.refresh()])
    say(first.release(), second.acquire(), second.release())
    count = []

    def work():
        lock = client.lock("counted", ttl=60)
        acquire(client, lock)
        seen = int(client.get("g/count")[0])
        client.put("g/count", str(seen + 1))
        count.append(seen)
        lock.release()

    client.put("g/count", "0")
    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    say(count, client.get("g/count")[0])


def history(client):
    first = client.put("h/k", "1").header.revision
    client.put("h/k", "2")
    client.put("h/k", "3")
    client.compact(first + 1, physical=True)
    say(fails(client.compact, first))
    say(fails(client.compact, first + 100_000))
    events, cancel = client.watch("h/k", start_revision=first)
    outcome = fails(next, events)
    say(outcome[0])
    cancel()
    events, cancel = client.watch("h/k", start_revision=first + 1)
    say([next(events).value for _ in range(2)])
    cancel()


def cluster(client):
    members = list(client.members)
    say(len(members), [len(member.client_urls) for member in members], [member.name for member in members])
    status = client.status()
    say(status.leader.id == members[0].id, status.db_size > 0, status.raft_index > 0, status.raft_term > 0)
    say(client.hash() > 0)
    client.defragment()
    say(list(client.list_alarms()))
    alarms = client.create_alarm()
    say([(alarm.alarm_type, alarm.member_id == 0) for alarm in alarms], fails(client.put, "i/k", "full"))
    say(len(list(client.disarm_alarm())), list(client.list_alarms()))
    client.put("i/k", "fits")
    file = io.BytesIO()
    client.snapshot(file)
    say(len(file.getvalue()) % 512, file.getvalue()[16:20].hex())


PROGRAMS = (put_get_delete, prefixes, transactions, watches, leases, locks, history, cluster)


def main(host, port):
    client = etcd3.client(host=host, port=int(port), timeout=TIMEOUT_S)
    for program in PROGRAMS:
        say("==", program.__name__)
        program(client)
    client.close()


main(sys.argv[1], sys.argv[2])
