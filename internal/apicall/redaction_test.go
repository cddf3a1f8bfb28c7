package apicall

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
)

const hidden = "canary-token-0123456789"

func redacting(r io.Reader) io.Reader {
	return &redacted{ReadCloser: io.NopCloser(r), res: &http.Response{}, token: []byte(hidden)}
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
			if len(got) != len(hidden)+2 || err != nil || strings.Contains(string(got), hidden[:maxRevealedBytes]) ||
				!strings.HasSuffix(string(got), "*y") {
				t.Fatalf("cut at %d and %d: %q (%v)", i, j, got, err)
			}
		}
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
