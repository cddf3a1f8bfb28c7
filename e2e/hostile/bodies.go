package hostile

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

const megabyte = 1 << 20

// always makes a successful response that is always the same.
func always(contentType, body string) func(*Provider, http.ResponseWriter, *http.Request) {
	return func(_ *Provider, w http.ResponseWriter, _ *http.Request) {
		send(w, http.StatusOK, contentType, []byte(body))
	}
}

// page is what a proxy, a portal or a broken server says in place of JSON.
const page = "<!DOCTYPE html><title>Welcome</title><p>" + Canary + " <a href=\"/login\">Sign in to the network</a>"

// leading makes a redirect to the same path elsewhere.
func leading(status int) func(*Provider, http.ResponseWriter, *http.Request) {
	return func(p *Provider, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", strings.TrimSuffix(p.Elsewhere, "/")+r.URL.Path)
		w.WriteHeader(status)
	}
}

// drip sends a document, a byte a second.
func drip(_ *Provider, w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	second := time.NewTicker(time.Second)
	defer second.Stop()
	for _, b := range []byte(`{"issuer": "` + strings.Repeat("a", megabyte)) {
		_, err := w.Write([]byte{b})
		if err != nil || http.NewResponseController(w).Flush() != nil {
			return
		}
		select {
		case <-second.C:
		case <-r.Context().Done():
			return
		}
	}
}

// endless sends JSON until nobody listens any more, or until whoever does has shown that they have no limit: a test
// that fails must not take the machine along.
func endless(_ *Provider, w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, err := w.Write([]byte(`{"` + Canary + `": "`))
	chunk := bytes.Repeat([]byte("a"), megabyte)
	for sent := 0; sent < 256 && err == nil; sent++ {
		_, err = w.Write(chunk)
	}
}

// headers sends more header than body.
func headers(_ *Provider, w http.ResponseWriter, _ *http.Request) {
	for i := range 1024 {
		w.Header().Set(fmt.Sprintf("X-Pad-%d", i), strings.Repeat("a", 1024))
	}
	reply(w, http.StatusOK, map[string]any{})
}

// bomb sends body with a gigabyte of spaces before its last character, in a megabyte of gzip.
func bomb(w http.ResponseWriter, body []byte) {
	w.Header().Set("Content-Encoding", "gzip")
	last := len(body) - 1
	send(w, http.StatusOK, "application/json", slices.Concat(zipped(body[:last]), gigabyte(), zipped(body[last:])))
}

// gigabyte is a gigabyte of spaces. Gzip may be many streams in a row, so that one megabyte need be packed only once.
var gigabyte = sync.OnceValue(func() []byte {
	return bytes.Repeat(zipped(bytes.Repeat([]byte(" "), megabyte)), 1024)
})

func zipped(data []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(data) // a buffer never fails
	_ = z.Close()
	return b.Bytes()
}

// with adds text to a JSON object before its last brace.
func with(body []byte, more string) []byte {
	return slices.Concat(body[:len(body)-1], []byte(more), []byte("}"))
}

// writing makes a write that sends a changed response.
func writing(change func([]byte) []byte) func(http.ResponseWriter, []byte) {
	return func(w http.ResponseWriter, body []byte) {
		send(w, http.StatusOK, "application/json", change(body))
	}
}
