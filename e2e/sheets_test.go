//go:build linux

package e2e

import (
	"context"
	"errors"
	"image"
	"net/http"
	"testing"
	"time"

	"keyfob/e2e/apis"
	"keyfob/e2e/stage"
	"keyfob/internal/account"
)

// house is a program's own account at RES:Harmonics, set up and used in the window by somebody without a mouse.
type house struct {
	*desk
	api    *apis.Server
	window stage.Window
}

const harmonics = "res-harmonics"

// TestAMachineIsSetUpAndUsedByKeyboard adds an account from a template, gives a wrong secret and then the right one,
// tries a call and opens the gateway. What came of it is what the provider and its API saw.
func TestAMachineIsSetUpAndUsedByKeyboard(t *testing.T) {
	h := house{desk: newDesk(t, stage.Options{})}
	h.api = apis.NewHarmonics(t, apis.Options{})
	h.window = h.doubleClick()
	if err := h.Resize(h.ctx, h.window, image.Pt(360, 640)); err != nil {
		t.Fatal(err)
	}
	h.add()
	h.giveSecrets()
	h.tryCall()
	key := h.openGateway()
	h.closeGateway()
	h.wantNoSecrets(append(h.api.Secrets(), key)...)
	if given := h.api.Tokens(); given != 1 {
		t.Errorf("%d tokens were given for all that", given)
	}
}

// then presses keys, each once the window shows what the last one did. What another sheet may follow is waited for.
func (h *house) then(keys ...string) {
	h.Helper()
	for _, key := range keys {
		before := must(h.Look(h.window))(h)
		h.key(key)
		if err := h.WaitChange(h.ctx, h.window, before); err != nil {
			h.Fatalf("%s: %v", key, err)
		}
		if key != "Tab" && key != "Down" {
			must(h.Settle(h.ctx, h.window))(h)
		}
	}
}

// typed types into the field that has the focus.
func (h *house) typed(text string) {
	h.Helper()
	before := must(h.Look(h.window))(h)
	if err := errors.Join(h.Type(text), h.WaitChange(h.ctx, h.window, before)); err != nil {
		h.Fatal(err)
	}
}

func (h *house) add() {
	h.Helper()
	h.then("ctrl+n")
	h.snapSizes(h.window, "add-which")
	h.narrow()
	h.then("Tab", "Tab", "Tab", "Tab", "Tab", "Return") // the sixth of the list
	h.typed(h.api.TokenURL)
	h.then("Tab")
	h.typed(apis.ClientID)
	h.then("Tab")
	h.typed(h.api.URL + "/v3")
	h.snapSizes(h.window, "add-harmonics")
	h.narrow()
	h.then("Return")
	must(h.WaitAccount(h.ctx, harmonics, account.SignedOut, account.NeedsSignIn))(h) // it has no secret yet
}

func (h *house) narrow() {
	h.Helper()
	if err := h.Resize(h.ctx, h.window, image.Pt(360, 640)); err != nil {
		h.Fatal(err)
	}
}

// giveSecrets gives a wrong one first. Nobody has to take it out of the field again.
func (h *house) giveSecrets() {
	h.Helper()
	h.typed("another secret")
	h.then("Return")
	h.snap(h.window, "secret-refused")
	h.wantAsked("/oauth2/token", http.StatusUnauthorized, 1)
	h.typed(apis.ClientSecret)
	h.then("Return")
	h.wantState(harmonics, account.SignedIn)
	h.wantAsked("/oauth2/token", http.StatusOK, 1)
}

// wantAsked: so often was a path asked for with that outcome.
func (h *house) wantAsked(path string, status, times int) {
	h.Helper()
	ctx, cancel := context.WithTimeout(h.ctx, 20*time.Second)
	defer cancel()
	if n := h.api.WaitCount(ctx, path, status, times); n != times {
		h.Fatalf("%s answered %d to %d requests, want %d", path, status, n, times)
	}
}

// tryCall goes from the account's one button back to its menu, of which a call is the first.
func (h *house) tryCall() {
	h.Helper()
	h.then("shift+Tab", "space")
	h.snap(h.window, "machine-menu")
	h.then("Down", "Return")
	h.typed("/bookings")
	h.then("Return")
	h.snapSizes(h.window, "call-answered")
	h.narrow()
	h.wantAsked("/v3/bookings", http.StatusOK, 1)
	h.then("Escape")
}

// openGateway returns the key that the window put on the clipboard.
func (h *house) openGateway() string {
	h.Helper()
	h.then("space", "Down", "Down", "Return")
	h.snap(h.window, "gateway-open")
	h.then("Tab", "Tab", "space")
	key := must(h.Clipboard(h.ctx))(h)
	h.then("Escape")
	url := h.gatewayURL()
	if status := h.ask(url+"/bookings", ""); status != http.StatusUnauthorized {
		h.Errorf("without the key the gateway answers %d", status)
	}
	if status := h.ask(url+"/bookings", key); status != http.StatusOK {
		h.Errorf("with the key the gateway answers %d", status)
	}
	h.wantAsked("/v3/bookings", 0, 2)
	return key
}

func (h *house) closeGateway() {
	h.Helper()
	url := h.gatewayURL()
	h.then("space", "Down", "Down", "Return")
	if now := h.gatewayURL(); now != "" || h.ask(url+"/bookings", "") != 0 {
		h.Errorf("the gateway at %s is still there", url)
	}
}

func (h *house) gatewayURL() string {
	h.Helper()
	a, _ := must(h.Status(h.ctx))(h).Account(harmonics)
	return a.GatewayURL
}

// ask asks the gateway as a program does that can be given a password: 0 where nobody answers.
func (h *house) ask(url, key string) int {
	h.Helper()
	req := must(http.NewRequestWithContext(h.ctx, http.MethodGet, url, http.NoBody))(h)
	req.Close = true
	if key != "" {
		req.SetBasicAuth("anybody", key)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	return resp.StatusCode
}
