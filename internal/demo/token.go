package demo

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"sync"

	"github.com/luikyv/go-oidc/pkg/goidc"
)

// tokenEndpoint stands before the library's token and revocation endpoints.
type tokenEndpoint struct {
	provider http.Handler
	// serial: the library reads a grant, changes it and saves it. Two requests with one refresh token would both win.
	serial sync.Mutex
}

// ServeHTTP refuses secrets, serves one request at a time, and responds as Auth0 does.
func (e *tokenEndpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if sendsSecret(r) {
		writeError(w, http.StatusUnauthorized, goidc.ErrorCodeInvalidClient, "this client is public: it has no secret")
		return
	}
	held := &heldResponse{ResponseWriter: w, status: http.StatusOK}
	e.serial.Lock()
	e.provider.ServeHTTP(held, r)
	e.serial.Unlock()
	held.send()
}

func sendsSecret(r *http.Request) bool {
	return r.Header.Get("Authorization") != "" || r.PostFormValue("client_secret") != "" ||
		r.PostFormValue("client_assertion") != ""
}

// heldResponse keeps a response back until its status is settled.
type heldResponse struct {
	http.ResponseWriter

	status int
	body   bytes.Buffer
}

// WriteHeader keeps the status.
func (h *heldResponse) WriteHeader(status int) { h.status = status }

// Write keeps the body.
func (h *heldResponse) Write(p []byte) (int, error) { return h.body.Write(p) }

// send passes the response on. For a dead code or refresh token Auth0 has 403, not RFC 6749's 400, and always
// invalid_grant, where the library calls a code of a revoked grant expired_token.
func (h *heldResponse) send() {
	var problem goidc.Error
	dead := []goidc.ErrorCode{goidc.ErrorCodeInvalidGrant, goidc.ErrorCodeExpiredToken}
	if h.status == http.StatusBadRequest && json.Unmarshal(h.body.Bytes(), &problem) == nil &&
		slices.Contains(dead, problem.Code) {
		writeError(h.ResponseWriter, http.StatusForbidden, goidc.ErrorCodeInvalidGrant, problem.Description)
		return
	}
	h.ResponseWriter.WriteHeader(h.status)
	_, _ = h.body.WriteTo(h.ResponseWriter)
}

func writeError(w http.ResponseWriter, status int, code goidc.ErrorCode, why string) {
	body, _ := json.Marshal(goidc.NewError(code, why))
	writeJSON(w, status, body)
}
