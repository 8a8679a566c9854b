package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"time"

	"golang.org/x/net/http2/hpack"
)

// Frame types and flags of RFC 9113.
const (
	frameData, frameHeaders, frameReset, frameSettings = 0, 1, 3, 4
	framePing, frameGoAway, frameWindowUpdate          = 6, 7, 8

	flagEndStream, flagAck, flagEndHeaders, flagPadded, flagPriority = 0x1, 0x1, 0x4, 0x8, 0x20
)

const (
	frameHeaderBytes  = 9
	receiveWindow     = 1 << 30
	defaultSendWindow = 65_535
	answerTime        = 10 * time.Second
)

// stream is one request on its way and what has come of its answer.
type stream struct {
	pending
	answer []byte
	status string
	text   string
}

// connection runs a fixed number of clients as streams, all on one goroutine: it reads what is there, asks anew for every answer, and
// writes all of that at once.
type connection struct {
	socket  net.Conn
	reader  *bufio.Reader
	work    *workload
	clients int

	out          []byte
	streams      map[uint32]*stream
	spare        []*stream
	nextID       uint32
	sendWindow   int
	streamWindow int
	received     int
	// Requests that wait for the server to open its window.
	waiting []pending

	encoder *blockEncoder
	decoder *hpack.Decoder
	// The stream whose headers are being decoded.
	heading   *stream
	scratch   []byte
	latencies []int64
	answered  int
	errors    map[string]int
	// At a constant rate: is told of every answer, instead of counting it and asking anew.
	settled func(*stream)
}

func dial(endpoint string, clients int, work *workload) (*connection, error) {
	socket, err := net.DialTimeout("tcp", endpoint, answerTime)
	if err != nil {
		return nil, err
	}
	c := &connection{
		socket: socket, reader: bufio.NewReaderSize(socket, 64*1024), work: work, clients: clients,
		streams: map[uint32]*stream{}, nextID: 1, sendWindow: defaultSendWindow, streamWindow: defaultSendWindow,
		encoder: newBlockEncoder(endpoint, work.token), errors: map[string]int{}, latencies: make([]int64, 0, 1<<16),
	}
	c.decoder = hpack.NewDecoder(4096, func(field hpack.HeaderField) {
		if field.Name == "grpc-status" {
			c.heading.status = field.Value
		} else if field.Name == "grpc-message" {
			c.heading.text = field.Value
		}
	})
	c.out = append(c.out, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"...)
	c.out = appendFrameHeader(c.out, 12, frameSettings, 0, 0)
	c.out = append(c.out, 0, 2, 0, 0, 0, 0)    // ENABLE_PUSH 0
	c.out = append(c.out, 0, 4, 0x40, 0, 0, 0) // INITIAL_WINDOW_SIZE 2^30
	c.out = appendWindowUpdate(c.out, receiveWindow-defaultSendWindow)
	return c, nil
}

// run keeps every client asking until the window is over, then waits for the answers that are still out.
func (c *connection) run(counted window) error {
	defer c.socket.Close()
	for range c.clients {
		c.ask(counted)
	}
	for {
		if err := c.flush(); err != nil {
			return err
		}
		if len(c.streams) == 0 && len(c.waiting) == 0 {
			return nil
		}
		if err := c.socket.SetReadDeadline(time.Now().Add(answerTime)); err != nil {
			return err
		}
		// The first read may wait; those behind it take only what has already come.
		for first := true; first || c.reader.Buffered() >= frameHeaderBytes; first = false {
			if err := c.readFrame(counted); err != nil {
				return fmt.Errorf("with %d requests out: %w", len(c.streams), err)
			}
		}
	}
}

// once makes one request and waits for its answer.
func (c *connection) once(next pending) error {
	c.waiting = append(c.waiting, next)
	c.send()
	for len(c.streams) > 0 || len(c.waiting) > 0 {
		if err := c.flush(); err != nil {
			return err
		}
		if err := c.socket.SetReadDeadline(time.Now().Add(answerTime)); err != nil {
			return err
		}
		// Nothing counts, and nothing is asked after it.
		if err := c.readFrame(window{}); err != nil {
			return err
		}
	}
	if last := c.spare[len(c.spare)-1]; last.status != "0" {
		return fmt.Errorf("grpc-status %s: %s", last.status, last.text)
	}
	return nil
}

func (c *connection) flush() error {
	if len(c.out) == 0 {
		return nil
	}
	_, err := c.socket.Write(c.out)
	c.out = c.out[:0]
	return err
}

// ask sends the next request of a client, or lets the client rest when the time is over.
func (c *connection) ask(counted window) {
	began := now()
	if began >= counted.to {
		return
	}
	next, ok := c.work.choose()
	if !ok {
		return
	}
	next.began = began
	c.waiting = append(c.waiting, next)
	c.send()
}

// send writes the requests that the server's window admits. A request is smaller than any stream's window, or the server is of no use here.
func (c *connection) send() {
	for len(c.waiting) > 0 {
		next := c.waiting[0]
		c.scratch = c.work.appendMessage(c.scratch[:0], next)
		size := len(c.scratch)
		if size > c.sendWindow || size > c.streamWindow {
			return
		}
		c.waiting = c.waiting[1:]
		if len(c.waiting) == 0 {
			c.waiting = nil
		}
		c.sendWindow -= size
		path := pathRange
		if next.isPut {
			path = pathPut
		}
		block := c.encoder.block(path)
		c.out = appendFrameHeader(c.out, len(block), frameHeaders, flagEndHeaders, c.nextID)
		c.out = append(c.out, block...)
		c.out = appendFrameHeader(c.out, size, frameData, flagEndStream, c.nextID)
		c.out = append(c.out, c.scratch...)
		s := c.takeStream()
		s.pending = next
		c.streams[c.nextID] = s
		c.nextID += 2
	}
}

func (c *connection) takeStream() *stream {
	if last := len(c.spare) - 1; last >= 0 {
		s := c.spare[last]
		c.spare = c.spare[:last]
		s.answer, s.status, s.text = s.answer[:0], "", ""
		return s
	}
	return &stream{}
}

// finish counts an answer and lets its client ask again.
func (c *connection) finish(id uint32, s *stream, counted window) {
	delete(c.streams, id)
	if c.settled != nil {
		c.settled(s)
		c.spare = append(c.spare, s)
		return
	}
	c.answered++
	if ended := now(); s.began >= counted.from && ended <= counted.to {
		c.latencies = append(c.latencies, ended-s.began)
		if s.status != "0" {
			c.errors["grpc-status "+s.status+": "+s.text]++
		} else if err := c.work.check(s.pending, s.answer); err != nil {
			c.errors[err.Error()]++
		}
	}
	c.spare = append(c.spare, s)
	c.ask(counted)
}

func (c *connection) readFrame(counted window) error {
	header, err := c.reader.Peek(frameHeaderBytes)
	if err != nil {
		return err
	}
	length := int(header[0])<<16 | int(header[1])<<8 | int(header[2])
	kind, flags, id := header[3], header[4], binary.BigEndian.Uint32(header[5:])&0x7fff_ffff
	if _, err := c.reader.Discard(frameHeaderBytes); err != nil {
		return err
	}
	// Frames are at most 16 KiB, since no larger ones were asked for, so they always fit the reader's buffer.
	body, err := c.reader.Peek(length)
	if err != nil {
		return err
	}
	if err := c.handle(kind, flags, id, body, counted); err != nil {
		return err
	}
	_, err = c.reader.Discard(length)
	return err
}

func (c *connection) handle(kind, flags byte, id uint32, body []byte, counted window) error {
	switch kind {
	case frameData:
		return c.data(flags, id, body, counted)
	case frameHeaders:
		if body = unpad(flags, body); flags&flagPriority != 0 && len(body) >= 5 {
			body = body[5:]
		}
		return c.headers(flags, id, body, counted)
	case frameSettings:
		return c.settings(flags, body)
	case framePing:
		if flags&flagAck == 0 {
			c.out = append(appendFrameHeader(c.out, len(body), framePing, flagAck, 0), body...)
		}
	case frameWindowUpdate:
		if id == 0 && len(body) == 4 {
			c.sendWindow += int(binary.BigEndian.Uint32(body) & 0x7fff_ffff)
			c.send()
		}
	case frameReset:
		if s, ok := c.streams[id]; ok {
			s.status = fmt.Sprintf("stream reset %x", body)
			c.finish(id, s, counted)
		}
	case frameGoAway:
		return fmt.Errorf("the server went away: %q", body)
	}
	return nil
}

func (c *connection) data(flags byte, id uint32, body []byte, counted window) error {
	c.received += len(body)
	if c.received >= receiveWindow/2 {
		c.out = appendWindowUpdate(c.out, c.received)
		c.received = 0
	}
	s, ok := c.streams[id]
	if !ok {
		return fmt.Errorf("data of stream %d, which is not open", id)
	}
	s.answer = append(s.answer, unpad(flags, body)...)
	if flags&flagEndStream != 0 {
		s.status = "missing"
		c.finish(id, s, counted)
	}
	return nil
}

// headers decodes a whole block; a stream that ends with it has been answered.
func (c *connection) headers(flags byte, id uint32, block []byte, counted window) error {
	s, ok := c.streams[id]
	if !ok {
		return fmt.Errorf("headers of stream %d, which is not open", id)
	}
	c.heading = s
	if flags&flagEndHeaders == 0 {
		return errors.New("header blocks in several frames are not expected from a KV service")
	}
	if _, err := c.decoder.Write(block); err != nil {
		return err
	}
	if err := c.decoder.Close(); err != nil {
		return err
	}
	if flags&flagEndStream != 0 {
		c.finish(id, s, counted)
	}
	return nil
}

func (c *connection) settings(flags byte, body []byte) error {
	if flags&flagAck != 0 {
		return nil
	}
	for ; len(body) >= 6; body = body[6:] {
		value := int(binary.BigEndian.Uint32(body[2:]))
		switch binary.BigEndian.Uint16(body) {
		case 1: // HEADER_TABLE_SIZE
			c.encoder.limitTable(uint32(value))
		case 3: // MAX_CONCURRENT_STREAMS
			if value < c.clients {
				return fmt.Errorf("the server admits %d streams a connection, asked for were %d", value, c.clients)
			}
		case 4: // INITIAL_WINDOW_SIZE
			c.streamWindow = value
		}
	}
	c.out = appendFrameHeader(c.out, 0, frameSettings, flagAck, 0)
	c.send()
	return nil
}

func unpad(flags byte, body []byte) []byte {
	if flags&flagPadded == 0 || len(body) == 0 || int(body[0]) >= len(body) {
		return body
	}
	return body[1 : len(body)-int(body[0])]
}

func appendFrameHeader(to []byte, length int, kind, flags byte, id uint32) []byte {
	to = append(to, byte(length>>16), byte(length>>8), byte(length), kind, flags)
	return binary.BigEndian.AppendUint32(to, id)
}

func appendWindowUpdate(to []byte, increment int) []byte {
	return binary.BigEndian.AppendUint32(appendFrameHeader(to, 4, frameWindowUpdate, 0, 0), uint32(increment))
}
