package apicall

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"

	"keyfob/internal/display"
	"keyfob/internal/fault"
	"keyfob/internal/jwt"
	"keyfob/internal/profile"
)

// Address is what ref means as the address of a call: a whole one as it is, a path (see Target), or where it is empty
// the profile's own api.test_url. It is fault.BadUsage where there is nothing to call.
func Address(p profile.Profile, ref string) (string, error) {
	switch {
	case ref == "" && (p.API == nil || p.API.TestURL == ""):
		return "", fault.New(fault.BadUsage).WithReason(fault.APINoTestURL)
	case ref == "":
		return p.API.TestURL, nil
	case whole(ref):
		return ref, nil // it is judged before it is used: see Do
	}
	u, err := Target(p, ref)
	if err != nil {
		return "", err
	}
	return u.String(), nil
}

// whole tells whether ref names a host: a path may have an address in its query. A fragment is left to Join, which says
// no.
func whole(ref string) bool {
	scheme, _, ok := strings.Cut(ref, "://")
	return ok && !strings.ContainsAny(scheme, "/?") && !strings.Contains(ref, "#")
}

// Shown is a response as a person looks at it: nothing in it but text that can be seen.
type Shown struct {
	Status  string // "200 OK"
	Took    time.Duration
	Headers []string // "Name: value", by name
	Body    string   // set out on several lines where it is JSON
	Cut     bool     // there is more of it
	Problem error    // what a refusal means, as Do says; nil for a good response
}

// Show sends a request with a text as its body and reads the beginning of the response, at most limit bytes. ref is as
// for Address; the errors are its own and those of Do.
func (t *Transport) Show(ctx context.Context, method, ref, body string, limit int64) (Shown, error) {
	target, err := Address(t.Profile, ref)
	if err != nil {
		return Shown{}, err
	}
	req, err := http.NewRequestWithContext(ctx, method, target, strings.NewReader(body))
	if err != nil {
		return Shown{}, fault.New(fault.BadUsage, "method", display.Clean(method, 20), "address", display.Clean(target, 100)).
			WithReason(fault.UsageNoSuchRequest)
	}
	req.Header.Set("User-Agent", "keyfob")
	if body != "" {
		req.Header.Set("Content-Type", KindOf(body))
	}
	began := time.Now()
	res, err := t.Do(req)
	if err != nil {
		return Shown{}, err
	}
	defer res.Body.Close()
	s := Shown{
		Status: Tame(res.Status), Took: time.Since(began), Headers: headerLines(res.Header), Problem: res.Problem,
	}
	if err = s.read(res.Body, limit); err != nil && ctx.Err() != nil {
		return Shown{}, ctx.Err()
	} else if err != nil {
		s.Problem = fault.New(fault.APICut, "host", display.Host(target)).WithReason(fault.CutBrokeOff).Because(err)
	}
	return s, nil
}

// KindOf is the type that a body looks to be of.
func KindOf(body string) string {
	if json.Valid([]byte(body)) {
		return "application/json"
	}
	return "application/x-www-form-urlencoded"
}

func headerLines(h http.Header) (lines []string) {
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, value := range h[name] {
			lines = append(lines, Tame(name+": "+value))
		}
	}
	return lines
}

// read takes the beginning of a body, or what came of it. What is JSON is set out, if all of it is there.
func (s *Shown) read(body io.Reader, limit int64) error {
	text, err := io.ReadAll(io.LimitReader(body, limit+1))
	var set bytes.Buffer
	if s.Cut = int64(len(text)) > limit; s.Cut {
		text = text[:limit]
	} else if json.Indent(&set, text, "", "  ") == nil {
		text = set.Bytes()
	}
	if int64(len(text)) > limit {
		text, s.Cut = text[:limit], true
	}
	s.Body = Tame(strings.ToValidUTF8(string(text), ""))
	return err
}

// Tame is text without what moves a cursor, changes colours or turns the direction of writing.
func Tame(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || r == '\r' || unicode.IsGraphic(r) {
			return r
		}
		return unicode.ReplacementChar
	}, s)
}

// Described is what can be seen of a token, for people: header and claims, set out on several lines.
func Described(l jwt.Look) (text string) {
	for _, object := range []json.RawMessage{l.Header, l.Payload} {
		var set bytes.Buffer
		if json.Indent(&set, object, "", "  ") == nil && set.Len() > 0 { // it is JSON, where there is one
			text += Tame(set.String()) + "\n"
		}
	}
	return text
}
