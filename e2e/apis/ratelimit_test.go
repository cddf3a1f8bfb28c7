package apis

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"keyfob/internal/profile"
	"keyfob/internal/secret"
	"keyfob/oauthflow"
)

// near is a server without a network between.
type near struct{ *Server }

func (n near) RoundTrip(r *http.Request) (res *http.Response, err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("the connection was closed")
		}
	}()
	w := httptest.NewRecorder()
	n.ServeHTTP(w, r)
	return w.Result(), nil
}

// TestTheTemplateKeepsBelowWhatConundraBlocks: however many ask at once. The same at a rate that is not the template's
// shows that it is the rate.
func TestTheTemplateKeepsBelowWhatConundraBlocks(t *testing.T) {
	const all = 200
	template, _ := profile.TemplateOf("conundra")
	p, err := template.Fill(map[string]string{"client_id": ClientID})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		rate float64
		good bool
	}{{p.MaxRequestsPerSecond, true}, {all, false}} {
		s := NewConundra(t, Options{})
		p.TokenEndpoint, p.MaxRequestsPerSecond = s.TokenURL, test.rate
		synctest.Test(t, func(t *testing.T) {
			client := oauthflow.New(oauthflow.Options{Transport: near{s}})
			var asking sync.WaitGroup
			for range all {
				asking.Go(func() {
					_, err := client.ClientToken(t.Context(), p, secret.New(ClientSecret))
					if test.good && err != nil {
						t.Error(err)
					}
				})
			}
			start := time.Now()
			asking.Wait()
			if took := time.Since(start); test.good && took > all/ConundraRate*2*time.Second {
				t.Errorf("it took %v", took)
			}
		})
		if good := s.Tokens() == all && s.Count("", http.StatusTooManyRequests) == 0; good != test.good {
			t.Errorf("%g a second: %d tokens, %d refusals", test.rate, s.Tokens(), s.Count("", http.StatusTooManyRequests))
		}
	}
}
