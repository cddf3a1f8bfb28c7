package oauthflow

import (
	"bufio"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"keyfob/internal/secret"
	"keyfob/profile"
)

// FuzzCallback sends any request to the whole handler. Only one with the state, at the right place, may touch the
// attempt; and no answer leads away, allows another origin, or repeats the state.
func FuzzCallback(f *testing.F) {
	const state, host = "state-0123456789", "127.0.0.1:17171"
	for _, seed := range []string{
		"GET /callback?code=c&state=" + state + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n",
		"GET /callback?error=access_denied&state=" + state + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n",
		"GET /callback?code=c&state=x HTTP/1.1\r\nHost: " + host + "\r\nSec-Fetch-Dest: document\r\n\r\n",
		"GET /callback?code=c&code=d&iss=x&state=" + state + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n",
		"POST /callback HTTP/1.1\r\nHost: " + host + "\r\nContent-Length: 2\r\n\r\nab",
		"GET http://evil.example/callback HTTP/1.1\r\nHost: evil.example\r\n\r\n",
		"OPTIONS * HTTP/1.1\r\nHost: " + host + "\r\nOrigin: https://evil.example\r\n\r\n",
		"GET /callback/done/x HTTP/1.1\r\nHost: " + host + "\r\n\r\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(string(data))))
		if err != nil {
			return
		}
		l := newLoopback(attempt{
			profile: profile.Profile{ID: "x"}, meta: metadata{Issuer: "https://a.example/"},
			redirectURI: "http://" + host + "/callback", state: secret.New(state),
		}, slog.New(slog.DiscardHandler))
		w := httptest.NewRecorder()
		l.ServeHTTP(w, r)
		arrived := len(l.arrived) == 1
		q, _ := url.ParseQuery(r.URL.RawQuery)
		ours := r.Method == "GET" && r.Host == host && r.URL.Path == "/callback"
		if arrived && (!ours || len(q["state"]) != 1 || q.Get("state") != state) {
			t.Errorf("%q touched the attempt", data)
		}
		if to := w.Header().Get("Location"); arrived != (to == l.page) || arrived != (w.Code == http.StatusSeeOther) {
			t.Errorf("%q: %d to %q", data, w.Code, to)
		}
		for name := range w.Header() {
			if strings.HasPrefix(name, "Access-Control") {
				t.Errorf("a CORS header: %s", name)
			}
		}
		if strings.Contains(w.Body.String(), state) {
			t.Error("the page holds the state")
		}
	})
}
