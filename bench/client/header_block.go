package main

import (
	"bytes"

	"golang.org/x/net/http2/hpack"
)

// blockEncoder writes the header block of a request. After the first request of each path every header is in the server's table and
// the block is the same few bytes for ever, so it is kept.
type blockEncoder struct {
	encoder *hpack.Encoder
	buffer  bytes.Buffer
	fields  []hpack.HeaderField
	kept    map[string][]byte
}

func newBlockEncoder(authority, token string) *blockEncoder {
	e := &blockEncoder{kept: map[string][]byte{}}
	e.encoder = hpack.NewEncoder(&e.buffer)
	for _, field := range [][2]string{{":method", "POST"}, {":scheme", "http"}, {":path", ""}, {":authority", authority},
		{"content-type", "application/grpc"}, {"user-agent", "quorate-bench"}, {"te", "trailers"}} {
		e.fields = append(e.fields, hpack.HeaderField{Name: field[0], Value: field[1]})
	}
	if token != "" {
		e.fields = append(e.fields, hpack.HeaderField{Name: "token", Value: token})
	}
	return e
}

func (e *blockEncoder) limitTable(size uint32) {
	e.encoder.SetMaxDynamicTableSizeLimit(size)
	clear(e.kept)
}

func (e *blockEncoder) block(path string) []byte {
	if kept, ok := e.kept[path]; ok {
		return kept
	}
	e.buffer.Reset()
	for _, field := range e.fields {
		if field.Name == ":path" {
			field.Value = path
		}
		// Writing to a bytes.Buffer cannot fail.
		_ = e.encoder.WriteField(field)
	}
	block := bytes.Clone(e.buffer.Bytes())
	// One byte a header: nothing was added to the table, so the block stays true until something is.
	if len(block) == len(e.fields) {
		e.kept[path] = block
	} else {
		clear(e.kept)
	}
	return block
}
