//go:build linux

package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"keyfob/e2e/stage"
)

// talker is an OpenID provider all of whose secrets are canaries: words that are found again wherever they went. Who
// asks is signed in without a question. It does wrong by the client that asks: one that begins with "x-" gets the wrong
// that the rest of its name says (see wrongs) for its code, one that begins with "r-" for its refresh token.
type talker struct {
	*testing.T
	*httptest.Server
	key, stranger *ecdsa.PrivateKey

	mu       sync.Mutex
	canaries map[string]string     // what is secret → what it is
	asked    map[string]url.Values // code → the authorization request
	heard    map[string]int        // client and grant type → how often a token was asked for
}

func newTalker(t *testing.T, start func(http.Handler) *httptest.Server) *talker {
	p := &talker{T: t, canaries: map[string]string{}, asked: map[string]url.Values{}, heard: map[string]int{}}
	p.key = must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
	p.stranger = must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.describe)
	mux.HandleFunc("GET /keys", p.keys)
	mux.HandleFunc("GET /authorize", p.authorize)
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("POST /revoke", p.revoke)
	p.Server = start(mux)
	t.Cleanup(p.Close)
	return p
}

// profile is the profile file that an integrator would hand out; its id is the client's too.
func (t *talker) profile(id string) []byte {
	file := map[string]any{
		"keyfob_profile": 1, "id": id, "client_name": "Canary " + id, "issuer": t.URL, "client_id": id,
		"redirect_uris": []string{"http://127.0.0.1/callback"},
		"api":           map[string]any{"base_urls": []string{stage.Audience}},
	}
	return must(json.Marshal(file))(t)
}

// mint makes a canary. It is short enough to pass for a word with everything that looks for long random text, and has
// the characters that real ones of its kind have and that forms escape.
func (t *talker) mint(kind string) string {
	s := "canary-" + kind + "-" + strings.ToLower(rand.Text()[:12])
	if kind == "code" {
		s = "4/canary+" + strings.ToLower(rand.Text()[:12])
	}
	return t.secret(kind, s)
}

// secret remembers that s must not be found.
func (t *talker) secret(kind, s string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if s != "" {
		t.canaries[s] = kind
	}
	return s
}

func (t *talker) secrets() map[string]string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.canaries)
}

// times is how often that client asked with such a grant.
func (t *talker) times(client, grant string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.heard[client+" "+grant]
}

func (t *talker) describe(w http.ResponseWriter, _ *http.Request) {
	tell(w, http.StatusOK, map[string]any{
		"issuer": t.URL, "authorization_endpoint": t.URL + "/authorize", "token_endpoint": t.URL + "/token",
		"jwks_uri": t.URL + "/keys", "revocation_endpoint": t.URL + "/revoke",
		"code_challenge_methods_supported": []string{"S256"},
	})
}

func (t *talker) keys(w http.ResponseWriter, _ *http.Request) {
	tell(w, http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{
		{Key: t.key.Public(), KeyID: "one", Algorithm: "ES256", Use: "sig"},
	}})
}

func tell(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// authorize sends everybody back with a code at once; the client "x-denied" with an error that repeats what was sent.
func (t *talker) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	state, nonce := t.secret("state", q.Get("state")), t.secret("nonce", q.Get("nonce"))
	back := url.Values{"state": {state}}
	if q.Get("client_id") == "x-denied" {
		back.Set("error", "invalid_request")
		back.Set("error_description", "not with "+nonce+", "+state)
	} else {
		code := t.mint("code")
		back.Set("code", code)
		t.mu.Lock()
		t.asked[code] = q
		t.mu.Unlock()
	}
	http.Redirect(w, r, q.Get("redirect_uri")+"?"+back.Encode(), http.StatusFound)
}

// token answers with new tokens, or does the wrong that is the client's.
func (t *talker) token(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	sent, err := url.ParseQuery(string(body))
	if err != nil {
		t.Errorf("the token endpoint got %d bytes that are no form", len(body))
	}
	t.secret("verifier", sent.Get("code_verifier"))
	client, grant := sent.Get("client_id"), sent.Get("grant_type")
	t.mu.Lock()
	t.heard[client+" "+grant]++
	t.mu.Unlock()

	tokens := t.tokens(client, sent)
	prefix := map[string]string{"authorization_code": "x-", "refresh_token": "r-"}[grant]
	if wrong, ok := strings.CutPrefix(client, prefix); ok && wrongs[wrong] != nil {
		wrongs[wrong](t, w, string(body), tokens)
		return
	}
	if strings.HasPrefix(client, "r-") {
		tokens["expires_in"] = 1 // it has to be renewed at once
	}
	tell(w, http.StatusOK, tokens)
}

func (t *talker) tokens(client string, sent url.Values) map[string]any {
	access := t.mint("access")
	t.mu.Lock()
	nonce := t.asked[sent.Get("code")].Get("nonce")
	t.mu.Unlock()
	return map[string]any{
		"access_token": access, "refresh_token": t.mint("refresh"), "id_token": t.idToken(t.key, client, nonce),
		"token_type": "Bearer", "expires_in": 3600, "scope": "openid profile email offline_access",
	}
}

// idToken is signed with key. Of an ID token the signature and the claims are canaries, each for itself.
func (t *talker) idToken(key *ecdsa.PrivateKey, client, nonce string) string {
	signer := must(jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: "one"}},
		nil))(t)
	now := time.Now().Unix()
	claims := map[string]any{
		"iss": t.URL, "sub": "jane", "aud": client, "exp": now + 3600, "iat": now, "name": "Jane Doe",
		"jti": t.mint("jti"),
	}
	if nonce != "" {
		claims["nonce"] = nonce
	}
	token := must(jwt.Signed(signer).Claims(claims).Serialize())(t)
	for _, part := range strings.Split(token, ".")[1:] {
		t.secret("id", part)
	}
	return token
}

// revoke refuses clients that begin with "r-", and repeats what they sent.
func (t *talker) revoke(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	sent, _ := url.ParseQuery(string(body))
	if strings.HasPrefix(sent.Get("client_id"), "r-") {
		tell(w, http.StatusBadRequest, map[string]string{
			"error": "invalid_request", "error_description": sent.Get("token") + " is not known: " + string(body),
		})
	}
}

// wrongs are what a token endpoint may do instead of answering. All of it is spelled with secrets: those that were
// sent, and those of the tokens that might have come.
var wrongs = map[string]func(p *talker, w http.ResponseWriter, body string, tokens map[string]any){
	"repeats": func(_ *talker, w http.ResponseWriter, body string, _ map[string]any) {
		sent, _ := url.ParseQuery(body)
		text := "not with " + sent.Get("code") + sent.Get("refresh_token") + ", " + sent.Get("code_verifier")
		tell(w, http.StatusBadRequest, map[string]string{"error": "invalid_request", "error_description": text})
	},
	"repeats-as-sent": func(_ *talker, w http.ResponseWriter, body string, _ map[string]any) {
		tell(w, http.StatusBadRequest, map[string]string{"error": "invalid_request", "error_description": body})
	},
	"breaks": func(_ *talker, w http.ResponseWriter, body string, tokens map[string]any) {
		w.WriteHeader(http.StatusInternalServerError)
		fmt.Fprintf(w, "<html><h1>%s</h1>%v</html>", body, tokens)
	},
	"walls": func(_ *talker, w http.ResponseWriter, body string, tokens map[string]any) {
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprintf(w, "<html>%s %v</html>", body, tokens)
	},
	"cuts": func(p *talker, w http.ResponseWriter, _ string, tokens map[string]any) {
		text := must(json.Marshal(tokens))(p)
		w.Header().Set("Content-Length", fmt.Sprint(len(text)))
		_, _ = w.Write(text[:len(text)-10])
		panic(http.ErrAbortHandler)
	},
	"sends-on": func(_ *talker, w http.ResponseWriter, body string, tokens map[string]any) {
		w.Header().Set("Location", "http://127.0.0.1:1/?"+body+fmt.Sprintf("&access_token=%v", tokens["access_token"]))
		w.WriteHeader(http.StatusTemporaryRedirect)
	},
	"repeats-members": func(p *talker, w http.ResponseWriter, _ string, tokens map[string]any) {
		text := string(must(json.Marshal(tokens))(p))
		fmt.Fprintf(w, `{"refresh_token":"%v","%[2]v":1,"%[2]v":2,%[3]s`, p.mint("refresh"), tokens["access_token"], text[1:])
	},
	"mistypes": func(_ *talker, w http.ResponseWriter, body string, tokens map[string]any) {
		tokens["expires_in"], tokens["token_type"] = tokens["access_token"], body
		tell(w, http.StatusOK, tokens)
	},
	"splits": func(p *talker, w http.ResponseWriter, _ string, tokens map[string]any) {
		tokens["access_token"] = p.mint("access") + "\n" + p.mint("access")
		tell(w, http.StatusOK, tokens)
	},
	"prints": func(_ *talker, w http.ResponseWriter, _ string, tokens map[string]any) {
		fmt.Fprintf(w, "%v", tokens)
	},
	"forges": func(p *talker, w http.ResponseWriter, _ string, tokens map[string]any) {
		tokens["id_token"] = p.idToken(p.stranger, "somebody", p.mint("nonce"))
		tell(w, http.StatusOK, tokens)
	},
	"swaps": func(p *talker, w http.ResponseWriter, _ string, tokens map[string]any) {
		tokens["id_token"] = tokens["refresh_token"]
		tell(w, http.StatusOK, tokens)
	},
	"mumbles": func(p *talker, w http.ResponseWriter, body string, _ map[string]any) {
		p.sayRaw(w, "HTTP/1.1 "+body+"\r\n\r\n")
	},
	"misspells": func(p *talker, w http.ResponseWriter, _ string, tokens map[string]any) {
		p.sayRaw(w, fmt.Sprintf("HTTP/1.1 200 OK\r\n%v %v\r\n\r\n", tokens["access_token"], tokens["refresh_token"]))
	},
	"goes-on": func(p *talker, w http.ResponseWriter, body string, tokens map[string]any) {
		text := string(must(json.Marshal(tokens))(p))
		head := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", len(text))
		p.sayRaw(w, head+text+"HTTP/1.1 200 OK\r\n\r\n"+fmt.Sprintf("%v \"%s\"", tokens["refresh_token"], body))
	},
}

// sayRaw says on the connection what no server would, and leaves it to the other side to hang up.
func (t *talker) sayRaw(w http.ResponseWriter, text string) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		t.Error(err)
		return
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, text)
	_, _ = io.Copy(io.Discard, conn)
}

func wrongNames() []string { return slices.Sorted(maps.Keys(wrongs)) }
