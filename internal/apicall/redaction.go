package apicall

import (
	"bytes"
	"io"
	"mime"
	"net/http"
	"strings"

	"keyfob/internal/fault"
	"keyfob/internal/secret"
)

const (
	minTokenBytes    = 8 // bytes of a token that is looked for: shorter ones occur by chance
	maxRevealedBytes = 7 // bytes of a token's beginning that may pass before it is known for one
)

// wholeOnly takes out of a request that it asks for a range of bytes. A token can be found in a whole response only:
// whoever chose the ranges could cut it, and put it together again. A server may ignore ranges (RFC 9110 §14.2), so a
// client gets all of it. Ranges of other units count what an API lists, and stay.
func wholeOnly(h http.Header) {
	for _, value := range h["Range"] {
		if !inBytes(value) {
			continue
		}
		delete(h, "Range")
		delete(h, "If-Range")
		return
	}
}

// partial is an error where a response is a range of bytes, which an API may have been asked for in other ways.
func partial(res *http.Response) error {
	media, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	if media != "multipart/byteranges" && (res.StatusCode != http.StatusPartialContent ||
		!inBytes(strings.Join(res.Header["Content-Range"], ","))) {
		return nil
	}
	return fault.New(fault.BadUsage).WithReason(fault.APIPart)
}

// inBytes tells whether the value of Range or Content-Range counts bytes.
func inBytes(value string) bool {
	return strings.HasPrefix(strings.ToLower(strings.TrimSpace(value)), "bytes")
}

// redact takes a token out of a response. An API that shows a request's headers would hand it to a program that has
// none.
func redact(res *http.Response, needle needle) {
	if len(needle.token) < minTokenBytes {
		return
	}
	res.Status = strings.ReplaceAll(res.Status, string(needle.token), secret.Redacted)
	needle.redactHeader(res.Header)
	res.Body = &redacted{ReadCloser: res.Body, res: res, needle: needle}
}

// needle is a token that is looked for.
type needle struct {
	token []byte
	// border has, for each length of the token's beginning, how much of its end is the token's beginning again
	// (Knuth, Morris, Pratt). A token that repeats its beginning is found by it wherever it starts.
	border []int
}

func newNeedle(token string) needle {
	n := needle{[]byte(token), make([]int, len(token)+1)}
	for i := 1; i < len(token); i++ {
		n.border[i+1] = n.next(n.border[i], token[i])
	}
	return n
}

// next is how much of the token's beginning a text ends with after one more byte, where it ended with so much before.
func (n needle) next(matched int, b byte) int {
	for matched > 0 && (matched == len(n.token) || n.token[matched] != b) {
		matched = n.border[matched]
	}
	if n.token[matched] == b {
		matched++
	}
	return matched
}

// redactHeader takes the token out of values, and leaves out what has it for a name: names come in any case.
func (n needle) redactHeader(h http.Header) {
	token := string(n.token)
	for name, values := range h {
		if len(name) >= len(token) && strings.Contains(strings.ToLower(name), strings.ToLower(token)) {
			delete(h, name)
			continue
		}
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
	needle

	res     *http.Response // its trailer comes with the end of the body
	matched int            // bytes of the token's beginning that the body so far ends with
	held    []byte         // what was held back, all of it looked at
	ready   []byte         // what had no room in a short buffer
	err     error
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
		if err != nil {
			r.redactHeader(r.res.Trailer)
		}
		r.search(data, kept)
		hold := 0
		if err == nil && r.matched > maxRevealedBytes {
			hold = min(r.matched, len(data))
		}
		r.held = append(r.held[:0], data[len(data)-hold:]...)
		if n = len(data) - hold; n > 0 || err != nil {
			return n, err
		}
	}
}

// search blanks out the tokens in data, of which that many bytes were looked at before.
func (r *redacted) search(data []byte, known int) {
	for i := known; i < len(data); i++ {
		if r.matched == 0 { // most of a body is passed over quickly
			skipped := bytes.IndexByte(data[i:], r.token[0])
			if skipped < 0 {
				return
			}
			i += skipped
		}
		if r.matched = r.next(r.matched, data[i]); r.matched == len(r.token) {
			fill(data[max(0, i+1-len(r.token)) : i+1])
		}
	}
}

func fill(part []byte) {
	for i := range part {
		part[i] = '*'
	}
}
