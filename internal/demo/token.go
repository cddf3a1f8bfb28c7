package demo

import (
	"bytes"
	"encoding/json"
	"net/http"
	"sync"

	"github.com/luikyv/go-oidc/pkg/goidc"
)

// tokenEndpoint stands before the library's token and revocation endpoints.
type tokenEndpoint struct {
	provider http.Handler
	// serial: the library reads a grant, changes it and saves it. Two requests with one refresh token would both win.
	serial sync.Mutex
}

// ServeHTTP refuses secrets, lets one request at a time through, and answers as Auth0 does.
func (e *tokenEndpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if sendsSecret(r) {
		writeError(w, http.StatusUnauthorized, goidc.ErrorCodeInvalidClient, "this client is public: it has no secret")
		return
	}
	answer := &heldAnswer{ResponseWriter: w, status: http.StatusOK}
	e.serial.Lock()
	e.provider.ServeHTTP(answer, r)
	e.serial.Unlock()
	answer.send()
}

func sendsSecret(r *http.Request) bool {
	return r.Header.Get("Authorization") != "" || r.PostFormValue("client_secret") != "" ||
		r.PostFormValue("client_assertion") != ""
}

// heldAnswer keeps an answer back until its status is settled.
type heldAnswer struct {
	http.ResponseWriter

	status int
	body   bytes.Buffer
}

func (a *heldAnswer) WriteHeader(status int)      { a.status = status }
func (a *heldAnswer) Write(p []byte) (int, error) { return a.body.Write(p) }

// send passes the answer on. To a dead code or refresh token Auth0 answers 403, not RFC 6749's 400, and always
// invalid_grant, where the library calls a code of a revoked grant expired_token.
func (a *heldAnswer) send() {
	var problem goidc.Error
	if a.status == http.StatusBadRequest && json.Unmarshal(a.body.Bytes(), &problem) == nil {
		switch problem.Code {
		case goidc.ErrorCodeInvalidGrant, goidc.ErrorCodeExpiredToken:
			writeError(a.ResponseWriter, http.StatusForbidden, goidc.ErrorCodeInvalidGrant, problem.Description)
			return
		}
	}
	a.ResponseWriter.WriteHeader(a.status)
	_, _ = a.body.WriteTo(a.ResponseWriter)
}

func writeError(w http.ResponseWriter, status int, code goidc.ErrorCode, why string) {
	body, _ := json.Marshal(goidc.NewError(code, why))
	writeJSON(w, status, body)
}
