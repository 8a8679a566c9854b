/** Configuration files in etcd's form, written anew from its keys (reference/etcd-surface.md 4.1): as etcd ships its sample, and with every section in use. */

/** Keys and defaults of etcd.conf.yml.sample; what is empty there is empty here. */
export const SAMPLE = `# This is the configuration file for the etcd server.
name: 'default'
data-dir:
wal-dir:
snapshot-count: 10000
heartbeat-interval: 100
election-timeout: 1000
quota-backend-bytes: 0
listen-peer-urls: http://localhost:2380
listen-client-urls: http://localhost:2379
max-snapshots:
max-wals:
cors:
initial-advertise-peer-urls: http://localhost:2380
advertise-client-urls: http://localhost:2379
discovery:
discovery-fallback: 'exit'
discovery-proxy:
discovery-srv:
initial-cluster:
initial-cluster-token: 'etcd-cluster'
initial-cluster-state: 'new'
strict-reconfig-check: false
enable-pprof: false
proxy: 'off'
client-transport-security:
  cert-file:
  key-file:
  client-cert-auth: false
  trusted-ca-file:
  auto-tls: false
peer-transport-security:
  cert-file:
  key-file:
  client-cert-auth: false
  trusted-ca-file:
  auto-tls: false
  allowed-cn:
  allowed-hostname:
self-signed-cert-validity: 1
log-level: debug
logger: zap
log-outputs: [stderr]
force-new-cluster: false
auto-compaction-mode: periodic
auto-compaction-retention: "1"
cipher-suites: [
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384
]
tls-min-version: 'TLS1.2'
tls-max-version: 'TLS1.3'
`;

export const EVERY_SECTION = `name: m7
auto-compaction-retention: 5
watch-progress-notify-interval: 600000000000
grpc-keepalive-min-time: 7000000000
grpc-keepalive-interval: 60000000000
grpc-keepalive-timeout: 5000000000
feature-gates: InitialCorruptCheck=true
log-outputs: [stderr, /tmp/quorate-test.log]
socket-options:
  reuse-port: true
  reuse-address: true
client-transport-security:
  cert-file: c.pem
  key-file: k.pem
  client-cert-auth: true
  trusted-ca-file: ca.pem
  allowed-cn: [alice, bob]
peer-transport-security:
  auto-tls: true
  trusted-ca-file: ca.pem
  allowed-hostname: [a.example, b.example]
  skip-client-san-verification: true
discovery-config:
  token: abc
  client:
    endpoints: [http://127.0.0.1:7379]
    dial-timeout: 2000000000
    auth: { username: u, password: hidden }
`;
