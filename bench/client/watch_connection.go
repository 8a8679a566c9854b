package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"net"
	"sync"
	"time"
)

const (
	pathWatch = "/etcdserverpb.Watch/Watch"
	// What a stream of slow watchers takes before it takes no more.
	slowWindow = 16 * 1024
	// One latency in so many is kept when there are many events.
	sampleEvery = 16
)

// watchConnection is some Watch streams on one connection. It reads all that comes and keeps only what a message in pieces needs.
type watchConnection struct {
	socket    net.Conn
	reader    *bufio.Reader
	fleet     *fleet
	first     int
	count     int
	isSlow    bool
	out       []byte
	received  int
	encoder   *blockEncoder
	parts     [][]byte
	created   int
	counter   int
	lock      sync.Mutex
	latencies []int64
}

func dialWatch(endpoint string, f *fleet, first, count int, isSlow bool) (*watchConnection, error) {
	socket, err := net.DialTimeout("tcp", endpoint, answerTime)
	if err != nil {
		return nil, err
	}
	c := &watchConnection{
		socket: socket, reader: bufio.NewReaderSize(socket, 256*1024), fleet: f, first: first, count: count, isSlow: isSlow,
		encoder: newBlockEncoder(endpoint, ""),
	}
	window := uint32(receiveWindow)
	if isSlow {
		window = slowWindow
	}
	c.out = append(c.out, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"...)
	c.out = appendFrameHeader(c.out, 12, frameSettings, 0, 0)
	c.out = append(c.out, 0, 2, 0, 0, 0, 0)
	c.out = binary.BigEndian.AppendUint32(append(c.out, 0, 4), window)
	c.out = appendWindowUpdate(c.out, receiveWindow-defaultSendWindow)
	return c, nil
}

// create opens the streams and waits until every watcher is there. It sends in portions, since a server may admit only so much at a time.
func (c *watchConnection) create() error {
	perStream := c.fleet.watch.perStream
	for asked := 0; asked < c.count; {
		for portion := 0; asked < c.count && portion < 1_000; {
			id := uint32(2*len(c.parts) + 1)
			c.parts = append(c.parts, nil)
			block := c.encoder.block(pathWatch)
			c.out = append(appendFrameHeader(c.out, len(block), frameHeaders, flagEndHeaders, id), block...)
			var body []byte
			for i := 0; i < perStream && asked < c.count; i++ {
				body = c.appendCreate(body, c.first+asked)
				asked++
				portion++
			}
			c.out = append(appendFrameHeader(c.out, len(body), frameData, 0, id), body...)
		}
		if err := c.flush(); err != nil {
			return err
		}
		for c.created < asked {
			if err := c.socket.SetReadDeadline(time.Now().Add(3 * answerTime)); err != nil {
				return err
			}
			if err := c.readFrame(); err != nil {
				return fmt.Errorf("with %d of %d watchers created: %w", c.created, asked, err)
			}
			if err := c.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// appendCreate appends a gRPC message: WatchRequest{create_request{key}}.
func (c *watchConnection) appendCreate(to []byte, watcher int) []byte {
	key := 0
	if c.fleet.watch.ownKeys && !c.isSlow {
		key = watcher
	}
	to = append(to, 0, 0, 0, 0, 2+2+keyBytes)
	to = append(to, 1<<3|2, 2+keyBytes, 1<<3|2, keyBytes)
	return appendKey(to, key)
}

func (c *watchConnection) flush() error {
	if len(c.out) == 0 {
		return nil
	}
	_, err := c.socket.Write(c.out)
	c.out = c.out[:0]
	return err
}

// listen reads for as long as the connection lives.
func (c *watchConnection) listen() error {
	if err := c.socket.SetReadDeadline(time.Time{}); err != nil {
		return err
	}
	for {
		if err := c.readFrame(); err != nil {
			return err
		}
		if c.reader.Buffered() < frameHeaderBytes {
			if err := c.flush(); err != nil {
				return err
			}
		}
	}
}

func (c *watchConnection) readFrame() error {
	header, err := c.reader.Peek(frameHeaderBytes)
	if err != nil {
		return err
	}
	length := int(header[0])<<16 | int(header[1])<<8 | int(header[2])
	kind, flags, id := header[3], header[4], binary.BigEndian.Uint32(header[5:])&0x7fff_ffff
	if _, err := c.reader.Discard(frameHeaderBytes); err != nil {
		return err
	}
	body, err := c.reader.Peek(length)
	if err != nil {
		return err
	}
	if err := c.handle(kind, flags, id, body); err != nil {
		return err
	}
	_, err = c.reader.Discard(length)
	return err
}

func (c *watchConnection) handle(kind, flags byte, id uint32, body []byte) error {
	switch kind {
	case frameData:
		c.received += len(body)
		if c.received >= receiveWindow/2 {
			c.out = appendWindowUpdate(c.out, c.received)
			c.received = 0
		}
		return c.data(id, unpad(flags, body))
	case frameHeaders:
		if flags&flagEndStream != 0 {
			return fmt.Errorf("the server ended stream %d", id)
		}
	case frameSettings:
		if flags&flagAck == 0 {
			c.out = appendFrameHeader(c.out, 0, frameSettings, flagAck, 0)
		}
	case framePing:
		if flags&flagAck == 0 {
			c.out = append(appendFrameHeader(c.out, len(body), framePing, flagAck, 0), body...)
		}
	case frameReset:
		return fmt.Errorf("stream %d was reset: %x", id, body)
	case frameGoAway:
		return fmt.Errorf("the server went away: %q", body)
	}
	return nil
}

// data takes the messages that are whole; what is left of the last one waits for the rest.
func (c *watchConnection) data(id uint32, body []byte) error {
	part := &c.parts[id/2]
	if len(*part) > 0 {
		*part = append(*part, body...)
		body = *part
	}
	arrived := 0
	for len(body) >= 5 {
		length := int(binary.BigEndian.Uint32(body[1:]))
		if len(body) < 5+length {
			break
		}
		events, sent, created, canceled, err := scanEvents(body[5 : 5+length])
		if err != nil || canceled {
			return fmt.Errorf("stream %d: canceled %v: %w", id, canceled, err)
		}
		if created {
			c.created++
		}
		arrived += events
		if events > 0 {
			c.sample(sent)
		}
		body = body[5+length:]
	}
	*part = append((*part)[:0], body...)
	if arrived > 0 && !c.isSlow {
		c.fleet.arrived(arrived)
	}
	return nil
}

func (c *watchConnection) sample(sent int64) {
	c.counter++
	if c.isSlow || (c.counter%sampleEvery != 0 && !c.fleet.watch.ownKeys) {
		return
	}
	c.lock.Lock()
	c.latencies = append(c.latencies, now()-sent)
	c.lock.Unlock()
}
