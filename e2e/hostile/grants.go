package hostile

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"time"
)

// family is every refresh token that comes from one sign-in (RFC 9700 §4.14.2): only the newest is good, and using an
// older one ends them all.
type family struct {
	asked   url.Values // the authorization request
	newest  string
	revoked bool
}

// authorize signs jane in without asking, and sends the browser back.
func (p *Provider) authorize(w http.ResponseWriter, asked url.Values, wrong trick) {
	back := url.Values{"code": {p.code(asked)}, "state": {asked.Get("state")}, "iss": {p.Issuer}}
	if wrong.callback != nil {
		wrong.callback(p, asked, back)
	}
	w.Header().Set("Location", asked.Get("redirect_uri")+"?"+back.Encode())
	w.WriteHeader(http.StatusFound)
}

// code makes a code for an authorization request.
func (p *Provider) code(asked url.Values) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	code := p.secretLocked("code")
	p.codes[code] = asked
	return code
}

// secretLocked makes a new one. p.mu is held.
func (p *Provider) secretLocked(kind string) string {
	s := kind + "-" + rand.Text()
	p.secrets = append(p.secrets, s)
	return s
}

// token answers a token request: for a code or a refresh token that is good, with a new refresh token.
func (p *Provider) token(w http.ResponseWriter, form url.Values, wrong trick) {
	f, why := p.redeem(form, wrong)
	if why != "" {
		reply(w, http.StatusBadRequest, map[string]any{"error": "invalid_grant", "error_description": why})
		return
	}
	refreshed := form.Get("grant_type") == "refresh_token"
	answer := p.issue(f)
	answer["id_token"] = p.idToken(f.asked, answer["access_token"].(string), refreshed, wrong)
	if wrong.tokens != nil {
		wrong.tokens(answer)
	}
	body, err := json.Marshal(answer) // its members in the order of their names
	if err != nil {
		panic(err) // a map of plain values
	}
	if wrong.write != nil {
		wrong.write(w, body)
		return
	}
	send(w, http.StatusOK, "application/json", body)
}

// issue gives a family its next refresh token, and an access token beside it.
func (p *Provider) issue(f *family) map[string]any {
	p.mu.Lock()
	defer p.mu.Unlock()
	f.newest = p.secretLocked("refresh")
	p.tokens[f.newest] = f
	return map[string]any{
		"access_token": p.secretLocked("access"), "token_type": "Bearer", "expires_in": 3600,
		"refresh_token": f.newest, "scope": f.asked.Get("scope"),
	}
}

// redeem spends a code or a refresh token, or says why not.
func (p *Provider) redeem(form url.Values, wrong trick) (f *family, why string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if form.Get("grant_type") == "refresh_token" {
		return p.renew(form.Get("refresh_token"))
	}
	code := form.Get("code")
	asked, ok := p.codes[code]
	delete(p.codes, code)
	challenge := sha256.Sum256([]byte(form.Get("code_verifier")))
	switch {
	case !ok:
		return nil, "unknown code"
	case form.Get("client_id") != ClientID || form.Get("redirect_uri") != asked.Get("redirect_uri"):
		return nil, "another client"
	case !wrong.anyVerifier && asked.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(challenge[:]):
		return nil, "wrong code_verifier"
	}
	return &family{asked: asked}, ""
}

// renew finds the family of a refresh token. One that was used before is in two hands, so the family ends. p.mu is
// held.
func (p *Provider) renew(token string) (*family, string) {
	f := p.tokens[token]
	if f == nil || f.revoked {
		return nil, "unknown refresh token"
	}
	if f.newest != token {
		f.revoked = true
		return nil, "refresh token used twice"
	}
	return f, ""
}

func (p *Provider) revoke(token string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if f := p.tokens[token]; f != nil {
		f.revoked = true
	}
}

// RefreshToken says what became of a refresh token: "live", "used" (rotated away), "gone" (revoked), or "unknown".
func (p *Provider) RefreshToken(token string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.tokens[token]
	switch {
	case f == nil:
		return "unknown"
	case f.revoked:
		return "gone"
	case f.newest != token:
		return "used"
	}
	return "live"
}

// idToken says that jane signed in (OpenID Connect Core §2).
func (p *Provider) idToken(asked url.Values, access string, refreshed bool, wrong trick) string {
	now, half := time.Now(), sha256.Sum256([]byte(access))
	claims := map[string]any{
		"iss": p.Issuer, "sub": "jane", "aud": ClientID, "name": "Jane Doe", "email": "jane@example.com",
		"iat": now.Unix(), "exp": now.Add(time.Hour).Unix(), "nonce": asked.Get("nonce"),
		"at_hash": base64.RawURLEncoding.EncodeToString(half[:16]),
	}
	if refreshed {
		delete(claims, "nonce") // OpenID Connect Core §12.2
	}
	if wrong.claims != nil {
		wrong.claims(claims, refreshed)
	}
	if wrong.sign != nil {
		return wrong.sign(p, claims)
	}
	return signed(theKey(), header(keyID), claims)
}
