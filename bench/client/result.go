package main

import (
	"slices"
	"time"
)

// result is the JSON line that bench/load/client.ts reads. Latencies are microseconds over all requests that count, errors included.
type result struct {
	Mode    string  `json:"mode"`
	Clients int     `json:"clients"`
	Conns   int     `json:"connections"`
	Seconds float64 `json:"seconds"`
	Ops     int     `json:"ops"`
	// Every request that was answered, before and after the measured time too: what the server's CPU of the whole run is divided by.
	Answered   int            `json:"answered"`
	Errors     int            `json:"errors"`
	ErrorTexts map[string]int `json:"errorTexts"`
	P50        float64        `json:"p50"`
	P90        float64        `json:"p90"`
	P99        float64        `json:"p99"`
	Max        float64        `json:"max"`
	CPUSeconds float64        `json:"cpuSeconds"`
}

func summarize(connections []*connection, o options, cpu time.Duration) result {
	r := result{Mode: o.mode, Clients: o.clients, Conns: o.conns, Seconds: o.duration.Seconds(), CPUSeconds: cpu.Seconds(), ErrorTexts: map[string]int{}}
	var samples []int64
	for _, c := range connections {
		samples = append(samples, c.latencies...)
		r.Answered += c.answered
		for text, count := range c.errors {
			r.Errors += count
			r.ErrorTexts[text] += count
		}
	}
	r.Ops = len(samples) - r.Errors
	if len(samples) == 0 {
		return r
	}
	slices.Sort(samples)
	// The smallest sample that at least this share of all samples does not exceed.
	at := func(share float64) float64 {
		rank := int(share * float64(len(samples)))
		return float64(samples[min(rank, len(samples)-1)]) / 1e3
	}
	r.P50, r.P90, r.P99, r.Max = at(0.50), at(0.90), at(0.99), float64(samples[len(samples)-1])/1e3
	return r
}
