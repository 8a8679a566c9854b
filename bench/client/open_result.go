package main

import (
	"maps"
	"slices"
	"time"
)

// openResult is the JSON line that bench/load/open-client.ts reads. Times are microseconds.
type openResult struct {
	Mode    string  `json:"mode"`
	Rate    float64 `json:"rate"`
	Seconds float64 `json:"seconds"`
	// Requests whose intended time is in the measured part; answered well or not.
	Intended int `json:"intended"`
	Ops      int `json:"ops"`
	// Good answers that came in the measured part, whenever they were asked for: what throughput is.
	Completed  int            `json:"completed"`
	Errors     int            `json:"errors"`
	ErrorTexts map[string]int `json:"errorTexts"`
	// Latency, how many, latency, how many, ...: of the good answers, to three digits.
	Latencies []int64 `json:"latencies"`
	// How late the generator itself sent, which is in the latencies too.
	LateP99    float64 `json:"lateP99"`
	LateMax    float64 `json:"lateMax"`
	CPUSeconds float64 `json:"cpuSeconds"`
	// When the measured part began, by the wall clock.
	BeganMicros int64 `json:"beganMicros"`
	// If asked for: each request's intended time since then, its latency, and 1 for a good answer or 0.
	Samples [][3]int64 `json:"samples,omitempty"`
}

func summarizeOpen(b *book, o options, cpu time.Duration) openResult {
	r := openResult{Mode: o.mode, Rate: o.rate, Seconds: o.duration.Seconds(), CPUSeconds: cpu.Seconds(), ErrorTexts: map[string]int{}}
	from := b.began + int64(o.warmup)
	r.BeganMicros = programBegan.UnixMicro() + from/1e3
	buckets := map[int64]int64{}
	var late []int64
	for number, latency := range b.latency {
		intended := b.intended(number)
		if ended := intended + latency; latency != 0 && b.outcome[number] == 0 && ended >= from && ended < from+int64(o.duration) {
			r.Completed++
		}
		if intended < from {
			continue
		}
		r.Intended++
		late = append(late, b.late[number])
		good := int64(0)
		if latency == 0 {
			r.Errors++
			r.ErrorTexts["no answer until the end"]++
		} else if place := b.outcome[number]; place != 0 {
			r.Errors++
			r.ErrorTexts[b.texts[place]]++
		} else {
			r.Ops++
			buckets[threeDigits(latency/1e3)]++
			good = 1
		}
		if o.samples {
			r.Samples = append(r.Samples, [3]int64{(intended - from) / 1e3, latency / 1e3, good})
		}
	}
	for _, value := range slices.Sorted(maps.Keys(buckets)) {
		r.Latencies = append(r.Latencies, value, buckets[value])
	}
	if len(late) > 0 {
		slices.Sort(late)
		r.LateP99 = float64(late[min(len(late)*99/100, len(late)-1)]) / 1e3
		r.LateMax = float64(late[len(late)-1]) / 1e3
	}
	return r
}

// threeDigits rounds to the nearest value with three significant digits.
func threeDigits(value int64) int64 {
	unit := int64(1)
	for value/unit >= 1000 {
		unit *= 10
	}
	return (value + unit/2) / unit * unit
}
