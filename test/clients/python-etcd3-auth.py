"""Debian's python3-etcd3 as a user against one member, for python-etcd3-auth.test.ts: what it prints is compared with what it prints of etcd.

Usage: python-etcd3-auth.py HOST PORT CA CERT KEY            is the user that the certificate names
       python-etcd3-auth.py HOST PORT CA CERT KEY password   logs in, with right and wrong passwords, whatever the certificate says
Over TLS alone: Debian's library gives its token to no other channel. The user "ann" may read and write what begins with a/.
"""

import sys
import threading

import etcd3

from python_words import fails, say

TIMEOUT_S = 30


def use(client):
    client.put("a/k", "one")
    say(client.get("a/k")[0], fails(client.get, "b/k"), fails(client.put, "b/k", "x"))
    say([value for value, _ in client.get_prefix("a/")], fails(lambda: list(client.get_prefix("b/"))))
    say(fails(lambda: list(client.get_all())))
    tx = client.transactions
    say(client.transaction(compare=[tx.value("a/k") == "one"], success=[tx.put("a/k", "two")], failure=[])[0])
    say(fails(client.transaction, compare=[tx.value("b/k") == "x"], success=[], failure=[]))
    say(fails(client.transaction, compare=[], success=[tx.put("a/k", "3"), tx.put("b/k", "x")], failure=[]))
    lease = client.lease(60)
    client.put("a/leased", "kept", lease=lease)
    say([response.TTL for response in client.refresh_lease(lease.id)])
    lease.revoke()
    say(client.get("a/leased"))
    events, cancel = client.watch_prefix("a/")
    timer = threading.Timer(0.2, client.put, ("a/watched", "came"))
    timer.start()
    event = next(events)
    say(event.key, event.value)
    timer.join()
    cancel()
    lock = client.lock("a/lock", ttl=60)
    say(fails(lock.acquire)[0])
    say(fails(client.compact, 1)[0] in ("answered", "RPCError", "PermissionDenied", "_InactiveRpcError"))
    client.close()


def by_password(**where):
    def login(user, password):
        return etcd3.client(timeout=TIMEOUT_S, user=user, password=password, **where)

    use(login("ann", "ann-password"))
    say(fails(login, "ann", "wrong"))
    say(fails(login, "nobody", "wrong"))
    root = login("root", "root-password")
    root.put("b/k", "root's")
    say(root.get("b/k")[0], len(list(root.get_all())) > 1)


def by_certificate(**where):
    use(etcd3.client(timeout=TIMEOUT_S, **where))


def main(host, port, ca, cert, key, *more):
    start = by_password if more else by_certificate
    start(host=host, port=int(port), ca_cert=ca, cert_cert=cert, cert_key=key)


main(*sys.argv[1:])
