package oauthflow

import (
	"crypto/tls"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// A sign-in service that offers HTTP/2 is asked by HTTP/1.1 all the same.
func TestSignInServicesAreAskedByHTTP1(t *testing.T) {
	service := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Proto)
	}))
	service.EnableHTTP2 = true
	service.StartTLS()
	defer service.Close()
	for want, ask := range map[string]*http.Transport{
		"HTTP/1.1": NewTransport(),
		"HTTP/2.0": service.Client().Transport.(*http.Transport), // it does offer it
	} {
		ask.TLSClientConfig = &tls.Config{RootCAs: service.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}
		res, err := (&http.Client{Transport: ask}).Get(service.URL)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(res.Body); string(got) != want || err != nil {
			t.Errorf("%s, %v; want %s", got, err, want)
		}
		res.Body.Close()
		ask.CloseIdleConnections()
	}
}
