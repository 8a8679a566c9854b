package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// watchOptions shape a run of watchers: which keys they watch, how they share streams and connections, and how many take nothing.
type watchOptions struct {
	watchers   int
	perStream  int
	ownKeys    bool
	slow       int
	closedLoop bool
}

// watchResult is the JSON line that bench/load/watch-client.ts reads. Latencies are microseconds from a put's sending to an event's arrival.
type watchResult struct {
	Seconds    float64 `json:"seconds"`
	Puts       int     `json:"puts"`
	Deliveries int     `json:"deliveries"`
	P50        float64 `json:"p50"`
	P99        float64 `json:"p99"`
	Max        float64 `json:"max"`
	PutP50     float64 `json:"putP50"`
	PutP99     float64 `json:"putP99"`
	CPUSeconds float64 `json:"cpuSeconds"`
}

// fleet is all watchers of a run. Its writers put; its readers count what arrives, and for a closed loop say when all of a put has.
type fleet struct {
	options   options
	watch     watchOptions
	conns     []*watchConnection
	delivered atomic.Int64
	wake      chan struct{}
	wanted    atomic.Int64
	failures  chan error
}

// runWatch creates the watchers, puts for a while to warm the server up, and puts for the measured time. After each step it prints a line, and
// before the next it waits for one: whoever started it looks at the server's memory and CPU between them.
func runWatch(o options, w watchOptions) error {
	f := &fleet{options: o, watch: w, wake: make(chan struct{}, 1), failures: make(chan error, 1024)}
	began := time.Now()
	if err := f.open(); err != nil {
		return err
	}
	fmt.Printf("{\"seconds\":%.3f}\n", time.Since(began).Seconds())
	f.listen()
	orders := bufio.NewReader(os.Stdin)
	for _, duration := range []time.Duration{o.warmup, o.duration} {
		if _, err := orders.ReadString('\n'); err != nil {
			return err
		}
		result, err := f.measure(duration)
		if err != nil {
			return err
		}
		if err := json.NewEncoder(os.Stdout).Encode(result); err != nil {
			return err
		}
	}
	return nil
}

// open spreads the streams over the connections. Slow watchers have connections of their own, whose streams take one window and no more.
func (f *fleet) open() error {
	if err := f.openSome(f.options.conns, f.watch.watchers, false); err != nil {
		return err
	}
	if f.watch.slow > 0 {
		return f.openSome(min(10, f.watch.slow), f.watch.slow, true)
	}
	return nil
}

func (f *fleet) openSome(conns, watchers int, isSlow bool) error {
	streams := (watchers + f.watch.perStream - 1) / f.watch.perStream
	conns = min(conns, streams)
	var group sync.WaitGroup
	failures := make(chan error, conns)
	next := 0
	for i := range conns {
		count := watchers / conns
		if i < watchers%conns {
			count++
		}
		c, err := dialWatch(f.options.endpoints[i%len(f.options.endpoints)], f, next, count, isSlow)
		if err != nil {
			return err
		}
		next += count
		f.conns = append(f.conns, c)
		group.Add(1)
		go func() {
			defer group.Done()
			if err := c.create(); err != nil {
				failures <- err
			}
		}()
	}
	group.Wait()
	close(failures)
	return <-failures
}

// listen reads what comes on every connection from now on.
func (f *fleet) listen() {
	for _, c := range f.conns {
		go func() {
			if err := c.listen(); err != nil {
				f.failures <- err
			}
		}()
	}
}

// measure puts until the time is over. A closed loop waits until every watcher has had its event before it puts again; that measures how fast
// events go out. Otherwise each writer puts as soon as its last put is answered.
func (f *fleet) measure(duration time.Duration) (watchResult, error) {
	f.delivered.Store(0)
	for _, c := range f.conns {
		c.lock.Lock()
		c.latencies = c.latencies[:0]
		c.lock.Unlock()
	}
	writers := make([]*writer, f.options.clients)
	for i := range writers {
		var err error
		if writers[i], err = newWriter(f, i); err != nil {
			return watchResult{}, err
		}
	}
	cpu := cpuTime()
	began := now()
	end := began + int64(duration)
	var group sync.WaitGroup
	for _, w := range writers {
		group.Add(1)
		go func() {
			defer group.Done()
			if err := w.run(end); err != nil {
				f.failures <- err
			}
		}()
	}
	group.Wait()
	puts := 0
	for _, w := range writers {
		puts += w.puts
	}
	perPut := f.watch.watchers
	if f.watch.ownKeys {
		perPut = 1
	}
	if err := f.await(int64(puts) * int64(perPut)); err != nil {
		return watchResult{}, err
	}
	seconds := float64(now()-began) / 1e9
	result := watchResult{Seconds: seconds, Puts: puts, Deliveries: int(f.delivered.Load()), CPUSeconds: (cpuTime() - cpu).Seconds()}
	f.summarize(&result, writers)
	return result, nil
}

// await waits until so many events have arrived in all.
func (f *fleet) await(count int64) error {
	f.wanted.Store(count)
	for f.delivered.Load() < count {
		select {
		case <-f.wake:
		case err := <-f.failures:
			return err
		case <-time.After(answerTime):
			return fmt.Errorf("%d of %d events have come, and no more within %v", f.delivered.Load(), count, answerTime)
		}
	}
	if more := f.delivered.Load(); more > count {
		return fmt.Errorf("%d events have come where %d were due", more, count)
	}
	return nil
}

func (f *fleet) arrived(count int) {
	if f.delivered.Add(int64(count)) >= f.wanted.Load() {
		select {
		case f.wake <- struct{}{}:
		default:
		}
	}
}

func (f *fleet) summarize(result *watchResult, writers []*writer) {
	var events, puts []int64
	for _, c := range f.conns {
		c.lock.Lock()
		events = append(events, c.latencies...)
		c.lock.Unlock()
	}
	for _, w := range writers {
		puts = append(puts, w.latencies...)
	}
	at := func(samples []int64, share float64) float64 {
		if len(samples) == 0 {
			return 0
		}
		return float64(samples[min(int(share*float64(len(samples))), len(samples)-1)]) / 1e3
	}
	slices.Sort(events)
	slices.Sort(puts)
	result.P50, result.P99, result.Max = at(events, 0.50), at(events, 0.99), at(events, 1)
	result.PutP50, result.PutP99 = at(puts, 0.50), at(puts, 0.99)
}

var errBadEvent = errors.New("a watch response that cannot be read")

// scanEvents counts the events of a WatchResponse, and gives the time that the last one's value begins with, or 0; whether it is the answer
// to a creation; and whether it says that a watcher is canceled.
func scanEvents(message []byte) (events int, sent int64, created, canceled bool, err error) {
	for at := 0; at < len(message); {
		tag := message[at]
		at++
		value, width := binary.Uvarint(message[at:])
		if width <= 0 {
			return 0, 0, false, false, errBadEvent
		}
		at += width
		switch {
		case tag&7 == 0:
			created = created || tag>>3 == 3 && value == 1
			canceled = canceled || tag>>3 == 4 && value == 1
		case tag&7 == 2 && value <= uint64(len(message)-at):
			if tag>>3 == 11 {
				events++
				sent = sentTime(message[at : at+int(value)])
			}
			at += int(value)
		default:
			return 0, 0, false, false, errBadEvent
		}
	}
	return events, sent, created, canceled, nil
}

// sentTime is what the value of an event's key-value begins with: field 5 of field 2.
func sentTime(event []byte) int64 {
	kv := field(event, 2)
	value := field(kv, 5)
	if len(value) < 8 {
		return 0
	}
	return int64(binary.LittleEndian.Uint64(value))
}

// field finds a length-delimited field; nil if it is not there.
func field(message []byte, number byte) []byte {
	for at := 0; at < len(message); {
		tag := message[at]
		value, width := binary.Uvarint(message[at+1:])
		if width <= 0 {
			return nil
		}
		at += 1 + width
		if tag&7 == 2 {
			if value > uint64(len(message)-at) {
				return nil
			}
			if tag>>3 == number {
				return message[at : at+int(value)]
			}
			at += int(value)
		}
	}
	return nil
}
