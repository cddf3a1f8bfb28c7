package localapi

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"keyfob/internal/localapi/wire"
)

// FuzzRequest gives the server any bytes as a request. It never panics; what it refuses it refuses in its own form;
// and it hands out the token only to a request that is right in every way.
func FuzzRequest(f *testing.F) {
	for _, seed := range []string{
		"GET /v1/version HTTP/1.1\r\nHost: keyfob\r\n\r\n",
		"POST /v1/profiles/rhythm/token HTTP/1.1\r\nHost: keyfob\r\nContent-Length: 14\r\n\r\n{\"min_ttl\":60}",
		"POST /v1/profiles/rhythm/token HTTP/1.1\r\nHost: keyfob\r\nOrigin: null\r\n\r\n",
		"POST /v1/profiles/rhythm/sign-in HTTP/1.1\r\nHost: keyfob\r\nContent-Length: 24\r\n\r\n{\"another_account\":true}",
		"DELETE /v1/profiles/%2e%2e%2f HTTP/1.1\r\nHost: keyfob\r\n\r\n",
		"POST /v1/keychain HTTP/1.1\r\nHost: keyfob\r\nTransfer-Encoding: chunked\r\n\r\n" +
			"10\r\n{\"use\":\"memory\"}\r\n0\r\n\r\n",
		"GET http://127.0.0.1/v1/watch?client=window HTTP/1.0\r\n\r\n",
		"POST /v1/profiles?replace=1 HTTP/1.1\r\nHost: keyfob\r\nContent-Length: 94\r\n\r\n" + profileFile,
	} {
		f.Add([]byte(seed))
	}
	k := newFakeKeeper()
	s := newServer(f, Options{Keeper: k, Stop: func() {}})
	gone, cancel := context.WithCancel(f.Context())
	cancel() // whoever watches has left already, so that the stream ends

	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(raw)))
		if err != nil {
			return
		}
		w := httptest.NewRecorder()
		s.handler.ServeHTTP(w, r.WithContext(gone))
		if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/watch") {
			select {
			case <-k.unwatched:
			default:
			}
		}

		body := w.Body.Bytes()
		if bytes.Contains(body, []byte("at-canary")) && (r.Host != wire.Host || r.Method != http.MethodPost ||
			r.ContentLength < 0 || r.Header.Get("Origin")+r.Header.Get("Referer")+r.Header.Get("Sec-Fetch-Site") != "" ||
			!strings.HasSuffix(r.URL.Path, "/token")) {
			t.Errorf("the token went to %q", raw)
		}
		if w.Code >= 400 {
			var said wire.Error
			if err := json.Unmarshal(body, &said); err != nil || said.Error == nil {
				t.Errorf("%d with %q", w.Code, body)
			}
		}
	})
}
