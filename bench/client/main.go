// A load generator, closed loop or (open.go) at a constant rate, for the KV service of etcd's v3 API, cheap enough not to be what is measured: HTTP/2 frames by hand on
// plain TCP, one goroutine a connection, no goroutine and no allocation a request. Run by bench/load; prints one JSON line.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

type options struct {
	endpoints []string
	mode      string
	clients   int
	conns     int
	keys      int
	valueSize int
	seed      uint64
	warmup    time.Duration
	duration  time.Duration
	rate      float64
	drain     time.Duration
	samples   bool
	// Sent with every request; empty: none.
	token string
}

// requestsMax bounds the memory of a run at a constant rate: each has a place from the start.
const requestsMax = 100_000_000

// window is the part of a run whose requests count; both ends are nanoseconds since the program began.
type window struct{ from, to int64 }

var programBegan = time.Now()

func now() int64 { return int64(time.Since(programBegan)) }

func main() {
	o, w := parseOptions()
	var err error
	if o.mode == "watch" {
		err = runWatch(o, w)
	} else if o.mode == "preload" {
		err = preload(o)
	} else if o.rate > 0 {
		err = runOpen(o)
	} else {
		err = measure(o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench client:", err)
		os.Exit(1)
	}
}

func parseOptions() (options, watchOptions) {
	endpoints := flag.String("endpoints", "127.0.0.1:2379", "host:port of each member, separated by commas; connections are spread over them")
	mode := flag.String("mode", "put", "put, get (linearizable), get-serializable, mixed (half put, half get), preload (every key once), or watch")
	clients := flag.Int("clients", 1, "requests that are outstanding at any time")
	conns := flag.Int("conns", 0, "connections that the clients share as streams; 0: one a client, at most 100")
	keys := flag.Int("keys", 10_000, "size of the key space")
	valueSize := flag.Int("value-size", 256, "bytes of a value")
	seed := flag.Uint64("seed", 1, "seed of keys, values and the mix")
	warmup := flag.Duration("warmup", time.Second, "time before the measured part")
	duration := flag.Duration("duration", 3*time.Second, "measured time")
	procs := flag.Int("procs", 1, "threads that run Go code")
	watchers := flag.Int("watchers", 1, "watch: watchers that take what comes")
	perStream := flag.Int("per-stream", 100, "watch: watchers that share a stream")
	ownKeys := flag.Bool("own-keys", false, "watch: each watcher has a key of its own; otherwise all have the same")
	slow := flag.Int("slow", 0, "watch: watchers beside them that take nothing more than a window")
	closedLoop := flag.Bool("closed-loop", false, "watch: put again only when every watcher has had the last event; one client")
	rate := flag.Float64("rate", 0, "requests a second at a constant rate, whether answers come or not; then clients is the most that may be out")
	drain := flag.Duration("drain", 3*time.Second, "with a rate: how long answers are awaited after the last request")
	samples := flag.Bool("samples", false, "with a rate: print every request")
	token := flag.String("token", "", "metadata `token` of every request, for a server with access control")
	flag.Parse()
	runtime.GOMAXPROCS(*procs)
	o := options{strings.Split(*endpoints, ","), *mode, *clients, *conns, *keys, *valueSize, *seed, *warmup, *duration, *rate, *drain, *samples, *token}
	if o.conns == 0 {
		o.conns = min(o.clients, 100)
	}
	if (o.conns > o.clients && o.mode != "watch") || o.keys < 1 || o.keys > 100_000_000 || o.valueSize < 1 || o.valueSize > valuePoolBytes {
		fmt.Fprintln(os.Stderr, "bench client: needs 1 <= conns <= clients, 1 to 100,000,000 keys, and values of 1 byte to 64 KiB")
		os.Exit(2)
	}
	if o.rate < 0 || o.rate*(o.warmup+o.duration).Seconds() > requestsMax {
		fmt.Fprintln(os.Stderr, "bench client: needs a rate from 0 on, and at most 100,000,000 requests")
		os.Exit(2)
	}
	w := watchOptions{*watchers, *perStream, *ownKeys, *slow, *closedLoop}
	if w.watchers < 1 || w.perStream < 1 || (w.closedLoop && (o.clients != 1 || w.ownKeys)) {
		fmt.Fprintln(os.Stderr, "bench client: a closed loop has one client and one key")
		os.Exit(2)
	}
	return o, w
}

// open dials every connection and shares the clients out.
func open(o options) ([]*connection, error) {
	connections := make([]*connection, o.conns)
	for i := range connections {
		streams := o.clients / o.conns
		if i < o.clients%o.conns {
			streams++
		}
		work, err := newWorkload(o, i)
		if err != nil {
			return nil, err
		}
		endpoint := o.endpoints[i%len(o.endpoints)]
		if connections[i], err = dial(endpoint, streams, work); err != nil {
			return nil, fmt.Errorf("%s: %w", endpoint, err)
		}
	}
	return connections, nil
}

// runAll drives every connection until its workload is over; the first error is returned.
func runAll(connections []*connection, counted window) error {
	var group sync.WaitGroup
	failures := make(chan error, len(connections))
	for _, c := range connections {
		group.Add(1)
		go func() {
			defer group.Done()
			if err := c.run(counted); err != nil {
				failures <- err
			}
		}()
	}
	group.Wait()
	close(failures)
	return <-failures
}

func measure(o options) error {
	connections, err := open(o)
	if err != nil {
		return err
	}
	begin := now() + int64(o.warmup)
	counted := window{begin, begin + int64(o.duration)}
	cpu := make(chan time.Duration, 2)
	time.AfterFunc(o.warmup, func() { cpu <- cpuTime() })
	time.AfterFunc(o.warmup+o.duration, func() { cpu <- cpuTime() })
	if err := runAll(connections, counted); err != nil {
		return err
	}
	before, after := <-cpu, <-cpu
	return json.NewEncoder(os.Stdout).Encode(summarize(connections, o, after-before))
}

func preload(o options) error {
	connections, err := open(o)
	if err != nil {
		return err
	}
	for i, c := range connections {
		c.work.sequential(i, len(connections))
	}
	began := now()
	if err := runAll(connections, window{0, 1 << 62}); err != nil {
		return err
	}
	o.duration = time.Duration(now() - began)
	return json.NewEncoder(os.Stdout).Encode(summarize(connections, o, cpuTime()))
}

func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
