package localapi

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"keyfob/internal/fault"
	"keyfob/internal/secret"
)

// FuzzText: what is written by hand is what the library writes.
func FuzzText(f *testing.F) {
	for _, seed := range []string{
		"", "eyJhbGciOi.x-_~+/=", `"`, `\`, "\n", "\x00", "\x1f", "\x7f", "ü", "\u2028", "\xff", "\xed\xa0\x80", "<&>",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, failed := appendText([]byte("before"), s)
		want, err := jsontext.AppendQuote([]byte("before"), s)
		if (err != nil) != (failed != nil) || err == nil && string(got) != string(want) {
			t.Errorf("%q is %s (%v), not %s (%v)", s, got, failed, want, err)
		}
	})
}

func TestAHandOutIsReadAsItWasGiven(t *testing.T) {
	for _, token := range []string{"at-canary", `a"b\c`, strings.Repeat("x", 5000), "grüße\x7f\n"} {
		given := handOut{
			AccessToken: secret.New(token), TokenType: "Bearer", ExpiresAt: inAnHour, Scope: `a "b"`,
			Note: fault.New(fault.ShortLived, "host", "soon").WithUntil(inAnHour).WithReason("some").WithMaybeSent(),
		}
		body, err := given.encode(nil)
		var read handOut
		if err == nil {
			err = json.Unmarshal(body, &read)
		}
		if err != nil || read.AccessToken.Reveal() != token || read.TokenType != "Bearer" || read.Scope != `a "b"` ||
			!read.ExpiresAt.Equal(inAnHour) || read.Note == nil || read.Note.Code != fault.ShortLived {
			t.Errorf("%q was read as %+v: %v", token, read, err)
		}
	}
}

// keeping keeps the very bytes that were written, not a copy.
type keeping struct {
	http.ResponseWriter
	body []byte
}

func (k *keeping) Write(p []byte) (int, error) {
	k.body = p
	return k.ResponseWriter.Write(p)
}

// TestNothingOfAHandOutStays: the buffer is used again, by a later hand-out of another account.
func TestNothingOfAHandOutStays(t *testing.T) {
	for _, token := range []string{"at-canary", strings.Repeat("at-canary", 1000)} {
		sent := httptest.NewRecorder()
		w := &keeping{ResponseWriter: sent}
		if err := writeHandOut(w, handOut{AccessToken: secret.New(token)}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(sent.Body.String(), token) {
			t.Errorf("it was not sent: %q", sent.Body)
		}
		if left := strings.Trim(string(w.body), "\x00"); left != "" {
			t.Errorf("%q stays", left)
		}
	}
}

// TestAnOutgrownBufferIsEmpty: nobody can empty it any more. Each of these fits but for its end.
func TestAnOutgrownBufferIsEmpty(t *testing.T) {
	for _, c := range []struct{ token, scope int }{{2010, 0}, {1500, 600}, {10, 2000}} {
		small := make([]byte, 0, 2<<10)
		long := handOut{
			AccessToken: secret.New(strings.Repeat("x", c.token)), TokenType: "Bearer", Scope: strings.Repeat("y", c.scope),
			ExpiresAt: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC),
		}
		if body, err := long.encode(small); err != nil || len(body) <= cap(small) {
			t.Fatal(len(body), err)
		}
		if left := strings.Trim(string(small[:cap(small)]), "\x00"); left != "" {
			t.Errorf("%+v: %d bytes stay", c, len(left))
		}
	}
}

// TestHandOutsSideBySideAreNotMixed: each has a buffer of its own.
func TestHandOutsSideBySideAreNotMixed(t *testing.T) {
	var all sync.WaitGroup
	for i := range 8 {
		token := strings.Repeat(string(rune('a'+i)), 600+i)
		all.Go(func() {
			for range 200 {
				sent := httptest.NewRecorder()
				if err := writeHandOut(sent, handOut{AccessToken: secret.New(token)}); err != nil {
					t.Error(err)
				}
				if want := `{"access_token":"` + token + `","token_type":""}` + "\n"; sent.Body.String() != want {
					t.Errorf("%q was sent for %q", sent.Body, token)
				}
			}
		})
	}
	all.Wait()
}

// TestEveryAnswerSaysItsLength: who reads it with a few lines of code of their own need not know of chunks.
func TestEveryAnswerSaysItsLength(t *testing.T) {
	k := newFakeKeeper()
	path := serve(t, Options{Keeper: k}).path
	for size := 1800; size < 2200; size += 7 {
		long := strings.Repeat("x", size)
		if k.access.Token, k.err = secret.New(long), nil; size%2 == 0 {
			k.err = fault.New(fault.BadProfile, "problems", long) // a refusal says it too
		}
		conn := connect(t, path)
		_, _ = io.WriteString(conn, "POST /v1/profiles/rhythm/token HTTP/1.1\r\nHost: keyfob\r\nConnection: close\r\n\r\n")
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		if err != nil || len(body) < size || res.ContentLength != int64(len(body)) || len(res.TransferEncoding) > 0 {
			t.Errorf("of %d bytes it says %d and %q: %v", len(body), res.ContentLength, res.TransferEncoding, err)
		}
	}
}
