//go:build linux

package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"keyfob/e2e/stage"
)

// soaks tells whether there is time for all of it: `make soak`.
func soaks() bool { return os.Getenv("KEYFOB_SOAK") != "" }

// soak is how often to do something: a little in every test run, all of it in a soak.
func soak(little, all int) int {
	if soaks() {
		return all
	}
	return little
}

// moment is one step between the provider's answer to a refresh and the end of saving, as it shows from outside.
type moment struct {
	name string
	call stage.KeychainCall // none: the answer itself
	kept bool               // the new refresh token is in the keychain by then
}

const pendingSlot, ownSlot = "session/acme/next", "session/acme"

var moments = []moment{
	{"the provider has answered", stage.KeychainCall{}, false},
	{"the pending write is asked for", stage.KeychainCall{Method: "CreateItem", Key: pendingSlot}, false},
	{"the pending write is done", stage.KeychainCall{Method: "CreateItem", Key: pendingSlot, Done: true}, true},
	{"the pending write is read back", stage.KeychainCall{Method: "GetSecret", Key: pendingSlot, Done: true}, true},
	{"the switch is asked for", stage.KeychainCall{Method: "CreateItem", Key: ownSlot}, true},
	{"the switch is done", stage.KeychainCall{Method: "CreateItem", Key: ownSlot, Done: true}, true},
	{"the switch is read back", stage.KeychainCall{Method: "GetSecret", Key: ownSlot, Done: true}, true},
	{"the pending one is to be deleted", stage.KeychainCall{Method: "Delete", Key: ownSlot}, true},
	{"the pending one is deleted", stage.KeychainCall{Method: "Delete", Key: ownSlot, Done: true}, true},
}

// trap kills the agent at one moment of its next renewal.
type trap struct {
	mu     sync.Mutex
	at     *moment
	pid    int
	key    string // of the last CreateItem of this renewal
	sprung chan struct{}
}

func (t *trap) set(m *moment, pid int) (sprung <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.at, t.pid, t.key, t.sprung = m, pid, "", make(chan struct{})
	return t.sprung
}

// saw follows the bus. Only CreateItem says what it is about; what comes after it is about the same.
func (t *trap) saw(call stage.KeychainCall) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if call.Method == "CreateItem" && !call.Done {
		t.key = call.Key
	}
	call.Key = t.key
	if t.at != nil && t.at.call == call {
		t.spring()
	}
}

// answered is the moment that the bus does not carry.
func (t *trap) answered() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.at != nil && t.at.call == (stage.KeychainCall{}) {
		t.spring()
	}
}

func (t *trap) spring() {
	_ = syscall.Kill(t.pid, syscall.SIGKILL)
	t.at = nil
	close(t.sprung)
}

// TestF26KilledBetweenAnswerAndSaved kills the real program, at a provider that ends the whole sign-in when a refresh
// token is used twice, with the real keychain. Once the pending write has returned no sign-in may be lost. Before it
// the provider alone knows the new token: then one sign-in is asked for, which is counted apart.
func TestF26KilledBetweenAnswerAndSaved(t *testing.T) {
	d := newDesk(t, stage.Options{NoDisplay: true, NoTrayHost: true})
	d.mayTake(t, 5*time.Minute)
	provider := d.provider(stage.Auth0)
	d.importProfile(provider, "acme")
	d.signInQuietly("acme")
	trap := &trap{}
	if err := d.WatchKeychain(d.ctx, trap.saw); err != nil {
		t.Fatal(err)
	}
	lost, asked := 0, 0
	kills := soak(20, 200)
	for n := range kills {
		m := moments[n%len(moments)]
		if d.survives(provider, trap, m) {
			continue
		}
		if m.kept {
			lost++
			t.Errorf("kill %d, when %s: the sign-in is lost", n, m.name)
		} else {
			asked++
		}
		d.signInQuietly("acme")
	}
	t.Logf("%d kills: %d sign-ins lost after the pending write had returned, %d asked for where it had not",
		kills, lost, asked)
}

// survives restarts Keyfob, kills it at the moment, and tells whether it still has a token without a new sign-in.
func (d *desk) survives(p *stage.Provider, trap *trap, m moment) bool {
	d.Helper()
	d.keyfob(0, "agent", "stop")
	ctx, cancel := context.WithCancel(d.ctx)
	defer cancel()
	var refreshed sync.WaitGroup
	refreshed.Go(func() {
		if p.NextRefresh(ctx) == nil {
			trap.answered()
		}
	})
	d.keyfob(0, "agent", "start")
	sprung := trap.set(&m, must(d.Agent().Version(d.ctx))(d).PID)
	first := must(d.Keyfob(d.ctx, "token", "acme"))(d) // it asks again where it is killed
	select {
	case <-sprung:
	case <-d.ctx.Done():
		d.Fatalf("never: %s\n%s%s", m.name, first.Out, first.Err)
	}
	again := must(d.Keyfob(d.ctx, "token", "acme"))(d)
	cancel()
	refreshed.Wait()
	if again.Code != 0 && again.Code != 3 {
		d.Fatalf("killed when %s: exit code %d\n%s%s", m.name, again.Code, again.Out, again.Err)
	}
	return again.Code == 0
}

// mayTake gives a test more time than others have.
func (d *desk) mayTake(t testing.TB, long time.Duration) {
	ctx, cancel := context.WithTimeout(t.Context(), long)
	t.Cleanup(cancel)
	d.ctx = ctx
}

// signInQuietly signs in from the command line, with a client that fills in the provider's form in the browser's place.
func (d *desk) signInQuietly(id string) {
	d.Helper()
	login := must(d.StartKeyfob(d.ctx, "login", id))(d)
	address := must(d.Opened(d.ctx))(d).URL
	if err := fillIn(d.ctx, address); err != nil {
		d.Fatal(err, login.Output())
	}
	if err := login.Wait(d.ctx); err != nil {
		d.Fatal(err, login.Output())
	}
}

// fillIn follows the provider to its form, signs Jane in, and follows it back to Keyfob.
func fillIn(ctx context.Context, address string) error {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	client := &http.Client{Jar: jar, Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	form, err := endOf(ctx, client, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	at, err := endOf(ctx, client, http.MethodPost, form, url.Values{"username": {"jane"}, "password": {"keyfob"}})
	if err == nil && !strings.Contains(at, "/done/") {
		err = fmt.Errorf("it ended at %s", at)
	}
	return err
}

// endOf returns where a request ends.
func endOf(ctx context.Context, client *http.Client, method, address string, form url.Values) (string, error) {
	req, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	return res.Request.URL.String(), err
}
