package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
)

const (
	pathPut        = "/etcdserverpb.KV/Put"
	pathRange      = "/etcdserverpb.KV/Range"
	keyBytes       = 16 // "bench/" and ten digits
	valuePoolBytes = 64 * 1024
)

// workload decides what a connection asks next, writes it as a gRPC message, and checks what comes back.
type workload struct {
	putShare     float64
	serializable bool
	keys         int
	valueSize    int
	random       *rand.Rand
	pool         []byte
	token        string
	// A put's value begins with the time.
	stamp bool
	// Preload: the next key, and the step to the one after; step 0 is a random choice without end.
	next, step int
}

func newWorkload(o options, connection int) (*workload, error) {
	w := &workload{keys: o.keys, valueSize: o.valueSize, token: o.token, random: rand.New(rand.NewPCG(o.seed, uint64(connection)))}
	switch o.mode {
	case "put", "preload":
		w.putShare = 1
	case "get":
	case "get-serializable":
		w.serializable = true
	case "mixed":
		w.putShare = 0.5
	default:
		return nil, fmt.Errorf("no mode %q", o.mode)
	}
	w.pool = make([]byte, valuePoolBytes+o.valueSize)
	for i := 0; i+8 <= len(w.pool); i += 8 {
		binary.LittleEndian.PutUint64(w.pool[i:], w.random.Uint64())
	}
	return w, nil
}

// sequential makes the workload every step-th key from first on, once.
func (w *workload) sequential(first, step int) { w.next, w.step = first, step }

// A request that is on its way: what its answer is checked against.
type pending struct {
	began int64
	key   int
	isPut bool
	// At a constant rate: its place in the book.
	number int
}

// choose says what to ask next; false when there is nothing left.
func (w *workload) choose() (pending, bool) {
	if w.step == 0 {
		isPut := w.putShare == 1 || (w.putShare > 0 && w.random.Float64() < w.putShare)
		return pending{key: w.random.IntN(w.keys), isPut: isPut}, true
	}
	key := w.next
	w.next += w.step
	return pending{key: key, isPut: true}, key < w.keys
}

func appendKey(to []byte, key int) []byte {
	to = append(to, "bench/0000000000"...)
	for at := len(to) - 1; key > 0; at-- {
		to[at] = byte('0' + key%10)
		key /= 10
	}
	return to
}

// appendMessage appends the five bytes that gRPC puts before a message, and the message.
func (w *workload) appendMessage(to []byte, p pending) []byte {
	start := len(to)
	to = append(to, 0, 0, 0, 0, 0)
	to = append(to, 1<<3|2, keyBytes) // key
	to = appendKey(to, p.key)
	if p.isPut {
		offset := w.random.IntN(valuePoolBytes)
		to = append(to, 2<<3|2) // PutRequest.value
		to = binary.AppendUvarint(to, uint64(w.valueSize))
		to = append(to, w.pool[offset:offset+w.valueSize]...)
		if w.stamp {
			stampValue(to[len(to)-w.valueSize:])
		}
	} else if w.serializable {
		to = append(to, 7<<3|0, 1) // RangeRequest.serializable
	}
	binary.BigEndian.PutUint32(to[start+1:], uint32(len(to)-start-5))
	return to
}

var errWrongAnswer = errors.New("wrong answer")

// check looks whether an answer has a header, and for a read whether it holds just the key that was asked for.
func (w *workload) check(p pending, message []byte) error {
	if len(message) < 5 || message[0] != 0 || int(binary.BigEndian.Uint32(message[1:])) != len(message)-5 {
		return fmt.Errorf("%w: not one uncompressed message", errWrongAnswer)
	}
	rest, header := message[5:], []byte(nil)
	if rest, header = takeBytes(rest, 1); header == nil {
		return fmt.Errorf("%w: no header", errWrongAnswer)
	}
	if p.isPut {
		return nil
	}
	_, kv := takeBytes(rest, 2)
	_, key := takeBytes(kv, 1)
	var wanted [keyBytes]byte
	if !bytes.Equal(key, appendKey(wanted[:0], p.key)) {
		return fmt.Errorf("%w: the key is missing", errWrongAnswer)
	}
	return nil
}

// takeBytes splits off a length-delimited field that stands first; nil if another one does.
func takeBytes(message []byte, field byte) (rest, value []byte) {
	if len(message) < 2 || message[0] != field<<3|2 {
		return nil, nil
	}
	length, width := binary.Uvarint(message[1:])
	from := 1 + width
	if width <= 0 || length > uint64(len(message)-from) {
		return nil, nil
	}
	return message[from+int(length):], message[from : from+int(length)]
}
