package apicall

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"keyfob/internal/fault"
)

const hidden = "canary-token-0123456789"

func redacting(r io.Reader) io.Reader {
	return redactingToken(r, hidden)
}

func redactingToken(r io.Reader, token string) io.Reader {
	return &redacted{ReadCloser: io.NopCloser(r), res: &http.Response{}, needle: newNeedle(token)}
}

// An API that shows what it was sent does not show the token, in one piece or in many, and nothing else is changed.
func TestA64ATokenInABodyIsBlankedOut(t *testing.T) {
	stars := strings.Repeat("*", len(hidden))
	for text, want := range map[string]string{
		"":              "",
		"nothing":       "nothing",
		hidden:          stars,
		"a" + hidden:    "a" + stars,
		hidden + hidden: stars + stars,
		"canary-token-012345678 " + hidden + "9 canary-t":       "canary-token-012345678 " + stars + "9 canary-t",
		strings.Repeat("x", 4<<10) + hidden + "ccccca" + hidden: strings.Repeat("x", 4<<10) + stars + "ccccca" + stars,
	} {
		for name, r := range map[string]io.Reader{
			"whole": strings.NewReader(text), "halves": iotest.HalfReader(strings.NewReader(text)),
			"data with its end": iotest.DataErrReader(strings.NewReader(text)),
		} {
			if got, err := io.ReadAll(redacting(r)); string(got) != want || err != nil {
				t.Errorf("%s: %q is %q (%v)", name, text, got, err)
			}
			if got, err := io.ReadAll(iotest.OneByteReader(redacting(strings.NewReader(text)))); string(got) != want ||
				err != nil {
				t.Errorf("%s, byte by byte: %q is %q (%v)", name, text, got, err)
			}
		}
	}
}

// pieces are what a reader gives, one after another.
type pieces []string

func (p *pieces) Read(b []byte) (int, error) {
	if len(*p) == 0 {
		return 0, io.EOF
	}
	n := copy(b, (*p)[0])
	if (*p)[0] = (*p)[0][n:]; (*p)[0] == "" {
		*p = (*p)[1:]
	}
	return n, nil
}

// Wherever the network cuts it: no more than a token's first few bytes get through.
func TestA64ATokenInPiecesIsBlankedOut(t *testing.T) {
	for i := 1; i < len(hidden); i++ {
		for j := i; j < len(hidden); j++ {
			got, err := io.ReadAll(redacting(&pieces{"x", hidden[:i], hidden[i:j], hidden[j:] + "y"}))
			if len(got) != len(hidden)+2 || err != nil || strings.Contains(string(got), hidden[:maxRevealedBytes+1]) ||
				!strings.HasSuffix(string(got), "*y") {
				t.Fatalf("cut at %d and %d: %q (%v)", i, j, got, err)
			}
		}
	}
}

// A token that repeats its own beginning is found wherever it starts and wherever the network cuts it, also where it
// begins within what looked like another one.
func TestA76ATokenThatRepeatsItsBeginning(t *testing.T) {
	for _, token := range []string{
		"abcabcXYZW", "aaaaaaaaab", "aaaaaaaaaa", "abababababac", "canary-canary-token", "ab-ab-ab-ab-ab",
	} {
		for n := range len(token) {
			text := "-" + token[:n] + token + token[:n] + token + "-"
			for i := 1; i < len(text); i++ {
				for j := i; j < len(text); j++ {
					got, err := io.ReadAll(redactingToken(&pieces{text[:i], text[i:j], text[j:]}, token))
					if len(got) != len(text) || err != nil || strings.Contains(string(got), token) {
						t.Fatalf("%s in %s, cut at %d and %d: %q (%v)", token, text, i, j, got, err)
					}
				}
			}
		}
	}
}

// Whoever asks for ranges of an answer gets the whole of it, so that the token is found; a range that comes all the
// same is no answer. Ranges of other things than bytes are the API's own business.
func TestA76RangesDoNotCutTheToken(t *testing.T) {
	var conditional string
	s := serve(t, func(w http.ResponseWriter, r *http.Request, _ string) {
		conditional = r.Header.Get("If-Range")
		text := fmt.Sprint("it sent ", r.Header["Authorization"], " and no more")
		switch r.URL.Path {
		case "/items":
			w.Header().Set("Content-Range", r.Header.Get("Range"))
			w.WriteHeader(http.StatusPartialContent)
			fmt.Fprint(w, "an item")
		case "/own":
			r.Header.Set("Range", r.Header.Get("X-Ms-Range"))
			r.Header.Del("If-Range")
			fallthrough
		default:
			http.ServeContent(w, r, "x.txt", time.Time{}, strings.NewReader(text))
		}
	})
	tr := transportTo(t, s.URL, &tokenSource{})
	ask := func(path, header, value string) (*http.Response, string, error) {
		req, _ := http.NewRequestWithContext(t.Context(), "GET", s.URL+path, nil)
		req.Header.Set(header, value)
		req.Header.Set("If-Range", "tag")
		res, err := tr.RoundTrip(req)
		if err != nil {
			return nil, "", err
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		return res, string(body), err
	}
	for _, value := range []string{"bytes=0-20", "Bytes=20-", "bytes=-20", "bytes=0-9,20-29", " bytes=9-9"} {
		res, body, err := ask("/", "Range", value)
		if err != nil || res.StatusCode != http.StatusOK || !strings.HasPrefix(body, "it sent [Bearer ***") ||
			!strings.HasSuffix(body, "and no more") || conditional != "" {
			t.Errorf("%s: %v %q (%v), If-Range %q", value, res, body, err, conditional)
		}
	}
	for _, value := range []string{"bytes=10-29", "bytes=0-9,20-29"} { // the API has a header of its own for it
		if res, body, err := ask("/own", "X-Ms-Range", value); err == nil ||
			fault.Of(err).Reason != fault.APIPart {
			t.Errorf("%s: %v %q (%v)", value, res, body, err)
		}
	}
	if res, body, err := ask("/items", "Range", "items 0-9/99"); err != nil || body != "an item" ||
		res.Header.Get("Content-Range") != "items 0-9/99" || conditional != "tag" {
		t.Errorf("%v %q (%v)", res, body, err)
	}
}

// What may be a token's beginning by chance is handed on at once: somebody may wait for it.
func TestRedactionDoesNotWait(t *testing.T) {
	r := redacting(&pieces{"once", "canary", "canary-token-0"})
	for _, want := range []string{"once", "canary"} {
		b := make([]byte, 256)
		if n, err := r.Read(b); string(b[:n]) != want || err != nil {
			t.Errorf("%q, %v", b[:n], err)
		}
	}
	if rest, err := io.ReadAll(r); string(rest) != "canary-token-0" || err != nil {
		t.Errorf("%q, %v", rest, err)
	}
}

func TestA64AnAPIThatRepeatsItsRequest(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request, _ string) {
		w.Header().Set("X-Echo", r.Header.Get("Authorization"))
		w.Header().Set("Trailer", "X-End")
		if r.Header.Get("Accept-Encoding") == "gzip" {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			defer z.Close()
			fmt.Fprint(z, r.Header)
		} else {
			fmt.Fprint(w, r.Header)
		}
		w.Header().Set("X-End", r.Header.Get("Authorization"))
	})
	tr := transportTo(t, s.URL, &tokenSource{})
	for _, asked := range []string{"", "gzip", "br"} {
		req, _ := http.NewRequestWithContext(t.Context(), "GET", s.URL+"/", nil)
		req.Header.Set("Accept-Encoding", asked)
		res, err := tr.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		all := fmt.Sprint(res.Header, res.Trailer, string(body))
		if err != nil || strings.Contains(all, token(0)) || !strings.Contains(all, "Bearer ****") ||
			strings.Count(all, "[redacted]") != 2 {
			t.Errorf("asked for %q: %s (%v)", asked, all, err)
		}
	}
}

// The words beside a status and the name of a header are the API's to choose as well.
func TestA76TheTokenInAStatusAndInANameOfAHeader(t *testing.T) {
	res := &http.Response{Status: "200 " + hidden, Body: http.NoBody, Trailer: http.Header{"X-" + hidden: {"1"}},
		Header: http.Header{http.CanonicalHeaderKey(hidden): {"1"}, "X-Kept": {"2"}}}
	redact(res, newNeedle(hidden))
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		t.Fatal(err)
	}
	if res.Status != "200 [redacted]" || len(res.Header) != 1 || len(res.Trailer) != 0 {
		t.Errorf("%q %v %v", res.Status, res.Header, res.Trailer)
	}
}

func FuzzRedaction(f *testing.F) {
	f.Add("a"+hidden+"b", 3, 9)
	f.Add(strings.Repeat("canary-", 9), 1, 60)
	f.Add(hidden[:9]+hidden, 9, 12)
	f.Fuzz(func(t *testing.T, text string, i, j int) {
		i, j = min(max(i, 0), len(text)), min(max(j, 0), len(text))
		i, j = min(i, j), max(i, j)
		got, err := io.ReadAll(redacting(&pieces{"-", text[:i], text[i:j], text[j:] + "-"}))
		if err != nil || len(got) != len(text)+2 {
			t.Fatalf("%q of %q (%v)", got, text, err)
		}
		for k, b := range got[1 : len(got)-1] {
			if b != text[k] && b != '*' {
				t.Fatalf("%q of %q", got, text)
			}
		}
		if !strings.Contains(text, hidden) && string(got) != "-"+text+"-" {
			t.Fatalf("%q of %q", got, text)
		}
	})
}
