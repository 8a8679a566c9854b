package main

import (
	"encoding/binary"
	"math/rand/v2"
)

// writer is one client that puts, one put at a time, on a connection of its own. A put's value begins with the time of its sending.
type writer struct {
	fleet      *fleet
	connection *connection
	random     *rand.Rand
	puts       int
	latencies  []int64
}

func newWriter(f *fleet, number int) (*writer, error) {
	o := f.options
	o.mode = "put"
	work, err := newWorkload(o, number)
	if err != nil {
		return nil, err
	}
	c, err := dial(o.endpoints[number%len(o.endpoints)], 1, work)
	if err != nil {
		return nil, err
	}
	w := &writer{fleet: f, connection: c, random: rand.New(rand.NewPCG(o.seed, uint64(1_000+number)))}
	work.stamp = true
	return w, nil
}

// run puts until the time is over.
func (w *writer) run(end int64) error {
	defer w.connection.socket.Close()
	f := w.fleet
	for now() < end {
		key := 0
		if f.watch.ownKeys {
			key = w.random.IntN(f.watch.watchers)
		}
		began := now()
		if err := w.connection.once(pending{key: key, isPut: true, began: began}); err != nil {
			return err
		}
		w.latencies = append(w.latencies, now()-began)
		w.puts++
		if f.watch.closedLoop {
			if err := f.await(int64(w.puts) * int64(f.watch.watchers)); err != nil {
				return err
			}
		}
	}
	return nil
}

// stampValue writes the time over the first bytes of a put's value.
func stampValue(value []byte) {
	if len(value) >= 8 {
		binary.LittleEndian.PutUint64(value, uint64(now()))
	}
}
