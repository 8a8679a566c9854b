package main

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// Open loop: requests have an intended time each, a constant rate apart, and are sent then whether or not answers have come. A latency is
// counted from the intended time, so whatever holds a request up, in the server or here, is in it. One thread sends, one goroutine a
// connection reads. Run by bench/load/open-client.ts.

// How the sending thread waits: it sleeps until shortly before, since the kernel wakes it about as late.
const wakeEarly = 60 * time.Microsecond

// batchMax bounds what is gathered before it is written, when the sending thread is behind.
const batchMax = 256

// lane is a connection that one thread writes and one goroutine reads.
type lane struct {
	mutex sync.Mutex
	*connection
	failed error
}

// book has a place for every intended request, so that none can be forgotten; a place is written once, by whoever settles the request.
type book struct {
	began    int64 // of the first request, nanoseconds since the program began
	interval float64
	latency  []int64 // 0: not settled
	outcome  []uint8 // index into texts; 0 is success
	late     []int64 // how much later than intended it was sent
	mutex    sync.Mutex
	texts    []string
	places   map[string]uint8
}

func newBook(o options) *book {
	total := int(math.Ceil(o.rate * (o.warmup + o.duration).Seconds()))
	b := &book{interval: 1e9 / o.rate, places: map[string]uint8{}, texts: []string{""}}
	b.latency, b.outcome, b.late = make([]int64, total), make([]uint8, total), make([]int64, total)
	return b
}

func (b *book) intended(number int) int64 { return b.began + int64(float64(number)*b.interval) }

func (b *book) settle(number int, failure string) {
	b.latency[number] = max(1, now()-b.intended(number))
	if failure != "" {
		b.outcome[number] = b.placeOf(failure)
	}
}

const textsMax = 200

func (b *book) placeOf(text string) uint8 {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	place, ok := b.places[text]
	if !ok {
		if len(b.texts) > textsMax {
			text = "too many kinds of errors"
			if place, ok = b.places[text]; ok {
				return place
			}
		}
		place = uint8(len(b.texts))
		b.texts, b.places[text] = append(b.texts, text), place
	}
	return place
}

func runOpen(o options) error {
	connections, err := open(o)
	if err != nil {
		return err
	}
	b := newBook(o)
	lanes := make([]*lane, len(connections))
	for i, c := range connections {
		l := &lane{connection: c}
		c.settled = func(s *stream) { b.settle(s.number, c.failureOf(s)) }
		if err := l.flush(); err != nil {
			return err
		}
		lanes[i] = l
		go l.read(b)
	}
	cpu := make(chan time.Duration, 2)
	time.AfterFunc(o.warmup, func() { cpu <- cpuTime() })
	time.AfterFunc(o.warmup+o.duration, func() { cpu <- cpuTime() })
	b.began = now()
	if err := sendAll(lanes, b); err != nil {
		return err
	}
	for drained := now() + int64(o.drain); now() < drained && outstanding(lanes) > 0; {
		time.Sleep(time.Millisecond)
	}
	// Nothing settles any more: what has no answer yet has none.
	for _, l := range lanes {
		l.mutex.Lock()
	}
	before, after := <-cpu, <-cpu
	return json.NewEncoder(os.Stdout).Encode(summarizeOpen(b, o, after-before))
}

// failureOf says what is wrong with an answer, or nothing.
func (c *connection) failureOf(s *stream) string {
	if s.status != "0" {
		return "grpc-status " + s.status + ": " + s.text
	}
	if err := c.work.check(s.pending, s.answer); err != nil {
		return err.Error()
	}
	return ""
}

// sendAll sends every request at its time: all that are due, one after the other over the connections, and then one write a connection.
func sendAll(lanes []*lane, b *book) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	touched := make([]bool, len(lanes))
	for number := 0; number < len(b.latency); {
		sleepUntil(b.intended(number))
		for batch := 0; batch < batchMax && number < len(b.latency) && b.intended(number) <= now(); batch++ {
			at, ok := choose(lanes, number)
			if !ok {
				return errors.New("every connection has failed")
			}
			lanes[at].begin(number, b)
			touched[at] = true
			number++
		}
		for i, l := range lanes {
			if touched[i] {
				l.write(b)
				touched[i] = false
			}
		}
	}
	return nil
}

func sleepUntil(when int64) {
	if left := time.Duration(when-now()) - wakeEarly; left > 0 {
		pause := syscall.NsecToTimespec(int64(left))
		// Woken early by a signal, the caller sends nothing too early, since it looks at the time itself.
		_ = syscall.Nanosleep(&pause, nil)
	}
	for now() < when {
		runtime.Gosched()
	}
}

// choose takes turns over the connections that work.
func choose(lanes []*lane, number int) (int, bool) {
	for i := range lanes {
		at := (number + i) % len(lanes)
		lanes[at].mutex.Lock()
		works := lanes[at].failed == nil
		lanes[at].mutex.Unlock()
		if works {
			return at, true
		}
	}
	return 0, false
}

func (l *lane) begin(number int, b *book) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	b.late[number] = now() - b.intended(number)
	if len(l.streams)+len(l.waiting) >= l.clients {
		b.settle(number, "not sent: too many requests are out")
		return
	}
	next, _ := l.work.choose()
	next.number = number
	l.waiting = append(l.waiting, next)
	l.send()
}

func (l *lane) write(b *book) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if err := l.flush(); err != nil {
		l.fail(err, b)
	}
}

// read takes answers until the connection ends.
func (l *lane) read(b *book) {
	for {
		// Waits outside the lock; what has come is taken inside.
		_, err := l.reader.Peek(frameHeaderBytes)
		l.mutex.Lock()
		for first := true; err == nil && (first || l.reader.Buffered() >= frameHeaderBytes); first = false {
			err = l.readFrame(window{})
		}
		if err == nil {
			err = l.flush()
		}
		if err != nil {
			l.fail(err, b)
		}
		failed := l.failed
		l.mutex.Unlock()
		if failed != nil {
			return
		}
	}
}

// fail settles all that is out on this connection, once.
func (l *lane) fail(err error, b *book) {
	if l.failed != nil {
		return
	}
	l.failed = err
	l.socket.Close()
	// The outer error names ports, and would be another one each time.
	if inner := errors.Unwrap(err); inner != nil {
		err = inner
	}
	text := "connection lost: " + err.Error()
	for id, s := range l.streams {
		b.settle(s.number, text)
		delete(l.streams, id)
	}
	for _, p := range l.waiting {
		b.settle(p.number, text)
	}
	l.waiting = nil
}

func outstanding(lanes []*lane) int {
	sum := 0
	for _, l := range lanes {
		l.mutex.Lock()
		sum += len(l.streams) + len(l.waiting)
		l.mutex.Unlock()
	}
	return sum
}
