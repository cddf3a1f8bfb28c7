package apicall

import (
	"bytes"
	"io"
	"net/http"
	"strings"

	"keyfob/internal/secret"
)

const (
	minTokenBytes    = 8 // bytes of a token that is looked for: shorter ones occur by chance
	maxRevealedBytes = 8 // bytes of a token's beginning that may pass before it is known for one
)

// redact takes a token out of a response. An API that shows a request's headers would hand it to a program that has
// none.
func redact(res *http.Response, token []byte) {
	if len(token) < minTokenBytes {
		return
	}
	redactHeader(res.Header, string(token))
	res.Body = &redacted{ReadCloser: res.Body, res: res, token: token}
}

func redactHeader(h http.Header, token string) {
	for _, values := range h {
		for i, value := range values {
			if strings.Contains(value, token) {
				values[i] = strings.ReplaceAll(value, token, secret.Redacted)
			}
		}
	}
}

// redacted is a body without the token. What takes its place is as long, so that the body's length stays what it was. A
// token that comes in pieces is held back until it is known for one; what could be a token's first few bytes, as any
// text may end, is not: nobody waits for an "e" because tokens begin with it.
type redacted struct {
	io.ReadCloser

	res    *http.Response // its trailer comes with the end of the body
	token  []byte
	passed int    // bytes of the token's beginning that were handed out at the end of the last piece
	held   []byte // what was held back
	ready  []byte // what had no room in a short buffer
	err    error
}

func (r *redacted) Read(p []byte) (int, error) {
	if len(r.ready) == 0 && r.err == nil && len(p) >= 2*len(r.token) {
		n, err := r.look(p)
		r.err = err
		return n, err
	}
	if len(r.ready) == 0 && r.err == nil {
		room := make([]byte, 2*len(r.token))
		n, err := r.look(room)
		r.ready, r.err = room[:n], err
	}
	n := copy(p, r.ready)
	r.ready = r.ready[n:]
	if len(r.ready) > 0 {
		return n, nil
	}
	return n, r.err
}

// look reads at least a byte that can be handed out, or an error. p has room for two tokens.
func (r *redacted) look(p []byte) (int, error) {
	for {
		kept := copy(p, r.held)
		n, err := r.ReadCloser.Read(p[kept:])
		data := p[:kept+n]
		if err != nil && len(r.res.Trailer) > 0 {
			redactHeader(r.res.Trailer, string(r.token))
		}
		hold := r.search(data, err != nil)
		r.held = append(r.held[:0], data[len(data)-hold:]...)
		if n = len(data) - hold; n > 0 || err != nil {
			return n, err
		}
	}
}

// search blanks out the tokens in data, and returns how many bytes at its end to hold back: those that may be the
// beginning of one, unless this is the last of it.
func (r *redacted) search(data []byte, last bool) int {
	if rest := r.token[r.passed:]; r.passed > 0 && len(data) > 0 {
		switch {
		case bytes.HasPrefix(data, rest):
			fill(data[:len(rest)])
		case bytes.HasPrefix(rest, data) && !last:
			return len(data)
		}
		r.passed = 0
	}
	for at := data; ; {
		i := bytes.Index(at, r.token)
		if i < 0 {
			break
		}
		fill(at[i : i+len(r.token)])
		at = at[i+len(r.token):]
	}
	return r.hold(data, last)
}

// hold is how many bytes at the end of data to hold back.
func (r *redacted) hold(data []byte, last bool) int {
	if last {
		return 0
	}
	for n := min(len(data), len(r.token)-1); n > 0; n-- {
		if bytes.HasPrefix(r.token, data[len(data)-n:]) {
			if n >= maxRevealedBytes {
				return n
			}
			r.passed = n
			return 0
		}
	}
	return 0
}

func fill(part []byte) {
	for i := range part {
		part[i] = '*'
	}
}
