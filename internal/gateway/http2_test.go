package gateway

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"keyfob/internal/apicall"
	"keyfob/internal/profile"
)

// HTTP/2 is spoken to APIs that can.
func TestHTTP2Upstream(t *testing.T) {
	api := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.Proto, " ", r.Header.Get("Authorization") == "Bearer "+oldToken)
	}))
	api.EnableHTTP2 = true
	api.StartTLS()
	defer api.Close()
	base := apicall.NewBase()
	defer base.CloseIdleConnections()
	base.TLSClientConfig = &tls.Config{RootCAs: api.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}
	d := &fixture{t: t, tokens: &tokens{}, problems: make(chan string, 8), log: &buffer{}}
	d.open(Options{Base: base, Profile: profile.Profile{ID: "acme", API: &profile.API{BaseURLs: []string{api.URL}}}})
	if res, body := d.get("/"); body != "HTTP/2.0 true" || res.ProtoMajor != 1 {
		t.Errorf("%s %s", res.Proto, body)
	}
}
