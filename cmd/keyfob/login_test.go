package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
)

// patientSignIn is a sign-in that lasts as long as the person takes.
type patientSignIn struct {
	takes     time.Duration
	result    error
	cancelled bool
}

func (p *patientSignIn) SignIn(ctx context.Context, _ string, _ bool, open func(account.Attempt) error) error {
	at := account.Attempt{URL: "https://acme.example/authorize", RedirectURI: "http://127.0.0.1:17171/callback"}
	if err := open(at); err != nil {
		return err
	}
	select {
	case <-time.After(p.takes):
		return p.result
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *patientSignIn) Cancel(ctx context.Context, _ string) error {
	p.cancelled = true
	return ctx.Err()
}

func signIn(ctx context.Context, p *patientSignIn) (string, error) {
	var out bytes.Buffer
	l := &loginRun{t: &terminal{out: &out, err: &out}, noBrowser: true}
	err := l.signIn(ctx, p, "acme")
	return out.String(), err
}

func TestLoginNamesTheCallbackWhenTheWaitIsLong(t *testing.T) {
	for _, c := range []struct {
		takes time.Duration
		hint  bool
	}{{longWait - time.Second, false}, {longWait + time.Second, true}, {10 * longWait, true}} {
		synctest.Test(t, func(t *testing.T) {
			out, err := signIn(t.Context(), &patientSignIn{takes: c.takes})
			if err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(out, "allow this address:\n  http://127.0.0.1:17171/callback\n"); (n == 1) != c.hint {
				t.Errorf("after %s it says\n%s", c.takes, out)
			}
		})
	}
}

func TestLoginThatIsCutOffCancelsTheAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		p := &patientSignIn{takes: time.Hour}
		if _, err := signIn(ctx, p); fault.CodeOf(err) != fault.SignInCancelled || !p.cancelled {
			t.Errorf("%v, cancelled %v", err, p.cancelled)
		}
	})
}

func TestLoginThatFailsCancelsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &patientSignIn{result: fault.New(fault.SignInDenied)}
		if _, err := signIn(t.Context(), p); !errors.Is(err, p.result) || p.cancelled {
			t.Errorf("%v, cancelled %v", err, p.cancelled)
		}
	})
}
