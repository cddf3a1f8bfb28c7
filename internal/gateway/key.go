package gateway

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"strings"

	"keyfob/internal/secret"
)

// KeyHeader is where a client shows its key, unless it does so as the password of Basic.
const KeyHeader = "X-Keyfob-Key"

// keyBytes is the length of a key.
const keyBytes = 32

// Key lets one client in. It does not hold the key itself.
type Key struct {
	Client string // for people
	sum    [sha256.Size]byte
}

// NewKey makes a random key for a client: the text is what the client shows.
func NewKey(client string) (Key, secret.Text) {
	var b [keyBytes]byte
	_, _ = rand.Read(b[:]) // it never fails
	text := base64.RawURLEncoding.EncodeToString(b[:])
	return Key{client, sha256.Sum256([]byte(text))}, secret.New(text)
}

// IsKey tells whether a text is one that NewKey made, as far as a look tells.
func IsKey(text string) bool {
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	return err == nil && len(b) == keyBytes
}

// shown is the key that a request shows: in its header, or as Basic's password, whoever the user is.
func shown(r *http.Request) string {
	if values := r.Header[KeyHeader]; len(values) > 0 {
		return values[0]
	}
	_, password, _ := r.BasicAuth()
	return strings.TrimSpace(password)
}

// knows tells whose key a request shows. All keys are compared, and each as a whole, so that the time it takes says
// nothing.
func (s *Server) knows(r *http.Request) (client string, known bool) {
	sum := sha256.Sum256([]byte(shown(r)))
	for _, key := range s.Keys {
		if subtle.ConstantTimeCompare(key.sum[:], sum[:]) == 1 {
			client, known = key.Client, true
		}
	}
	return client, known
}
