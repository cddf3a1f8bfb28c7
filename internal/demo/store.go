package demo

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/luikyv/go-oidc/pkg/goidc"

	"keyfob/internal/fault"
)

const (
	grantsFile  = "grants.json"
	maxSessions = 100 // sign-in pages that are open at once
	maxGrants   = 200 // Auth0's limit for one person and one client
	maxSpent    = 50  // rotated refresh tokens that a grant remembers
)

// grant is what one sign-in gave. The code and the refresh tokens are kept as hashes, never in the library's fields.
type grant struct {
	goidc.Grant

	CodeHash    string   `json:"code_hash,omitempty"`
	RefreshHash string   `json:"refresh_hash,omitempty"`
	SpentHashes []string `json:"spent_hashes,omitempty"` // rotated away, oldest first
}

// store keeps sign-in pages in memory and grants on disk, for the library. What is on disk is never behind: a change
// that cannot be written did not happen.
type store struct {
	path string
	save func(string, []byte) error

	mu       sync.Mutex
	sessions map[string]goidc.AuthnSession
	grants   map[string]grant
}

func openStore(o Options) (*store, error) {
	s := &store{
		path:     filepath.Join(o.Dir, grantsFile),
		save:     o.Save,
		sessions: map[string]goidc.AuthnSession{},
		grants:   map[string]grant{},
	}
	data, err := os.ReadFile(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, fault.New(fault.DiskTrouble, "path", s.path).Because(err)
	}
	if json.Unmarshal(data, &s.grants) != nil || s.grants == nil {
		o.Log.Warn("the demo's grants cannot be read; its users have to sign in again")
		s.grants = map[string]grant{}
	}
	return s, nil
}

// SaveSession keeps a sign-in page that waits for its person; one that is done is gone, so that going back and
// pressing again gives no second code.
func (s *store) SaveSession(_ context.Context, session *goidc.AuthnSession) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if session.Status != goidc.StatusPending {
		delete(s.sessions, session.ID)
		return nil
	}
	s.sessions[session.ID] = *session
	dropOldest(s.sessions, maxSessions, func(a goidc.AuthnSession) int { return a.CreatedAt })
	return nil
}

// Session finds a sign-in page that waits.
func (s *store) Session(_ context.Context, id string) (*goidc.AuthnSession, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	session, ok := s.sessions[id]
	if !ok {
		return nil, goidc.ErrNotFound
	}
	return &session, nil
}

// SaveGrant writes g, with hashes in the place of its secrets.
func (s *store) SaveGrant(_ context.Context, g *goidc.Grant) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := s.grants[g.ID]
	kept.Grant = *g
	kept.hideSecrets()
	return s.putLocked(kept)
}

// Grant finds a grant by its id.
func (s *store) Grant(_ context.Context, id string) (*goidc.Grant, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, err := s.findLocked(func(g grant) bool { return g.ID == id })
	return &g.Grant, err
}

// GrantByAuthCode finds the grant of a code. If it is for offline access, its refresh token is made here, at the
// exchange: the library makes it together with the code, and would have it stored in clear until then.
func (s *store) GrantByAuthCode(_ context.Context, code string) (*goidc.Grant, error) {
	hash := hashOf(code)
	s.mu.Lock()
	defer s.mu.Unlock()
	g, err := s.findLocked(func(g grant) bool { return g.CodeHash == hash })
	if err != nil {
		return nil, err
	}
	if g.AuthCodeConsumedAt == 0 && slices.Contains(strings.Fields(g.Scopes), goidc.ScopeOfflineAccess.ID) {
		g.RefreshToken = newRefreshToken()
		g.RefreshTokenExpiresAt = int(time.Now().Add(refreshLifetime).Unix())
	}
	return &g.Grant, nil
}

// GrantByRefreshToken finds the grant of a refresh token. One that was rotated away has been stolen, or its thief was
// faster: the family dies (RFC 9700, section 4.14.2).
func (s *store) GrantByRefreshToken(_ context.Context, token string) (*goidc.Grant, error) {
	hash := hashOf(token)
	s.mu.Lock()
	defer s.mu.Unlock()
	g, err := s.findLocked(func(g grant) bool { return g.RefreshHash == hash || slices.Contains(g.SpentHashes, hash) })
	if err != nil {
		return nil, err
	}
	if g.RefreshHash != hash && g.RevokedAt == 0 {
		g.RevokedAt = int(time.Now().Unix())
		err = s.putLocked(g)
	}
	return &g.Grant, err
}

// findLocked returns a copy of the grant that fits: the library changes what it gets before it saves it. s.mu is held.
func (s *store) findLocked(fits func(grant) bool) (grant, error) {
	for _, g := range s.grants {
		if fits(g) {
			return g, nil
		}
	}
	return grant{}, goidc.ErrNotFound
}

// putLocked writes the grants with g among them, and only then takes it as a fact. s.mu is held.
func (s *store) putLocked(g grant) error {
	next := maps.Clone(s.grants)
	next[g.ID] = g
	now := int(time.Now().Unix())
	maps.DeleteFunc(next, func(_ string, g grant) bool { return g.overAt(now) })
	dropOldest(next, maxGrants, func(g grant) int { return g.CreatedAt })
	data, err := json.Marshal(next)
	if err != nil {
		return err
	}
	if err := s.save(s.path, data); err != nil {
		return err
	}
	s.grants = next
	return nil
}

// hideSecrets moves what the library put into its fields into hashes.
func (g *grant) hideSecrets() {
	if g.AuthCode != "" {
		g.CodeHash = hashOf(g.AuthCode)
	}
	if hash := hashOf(g.RefreshToken); g.RefreshToken != "" && hash != g.RefreshHash {
		if g.RefreshHash != "" {
			g.SpentHashes = append(slices.Clone(g.SpentHashes), g.RefreshHash)
		}
		g.SpentHashes = g.SpentHashes[max(0, len(g.SpentHashes)-maxSpent):]
		g.RefreshHash = hash
	}
	g.AuthCode, g.RefreshToken, g.AuthParams.State = "", "", ""
}

// overAt tells whether a grant can give nothing any more: a day after it was made, unless its refresh token lives.
func (g grant) overAt(now int) bool {
	lives := g.RevokedAt == 0 && g.RefreshTokenExpiresAt > now
	return !lives && now-g.CreatedAt > int((24*time.Hour).Seconds())
}

// dropOldest keeps the newest entries of m.
func dropOldest[V any](m map[string]V, keep int, created func(V) int) {
	for len(m) > keep {
		oldest := slices.MinFunc(slices.Collect(maps.Keys(m)), func(a, b string) int { return created(m[a]) - created(m[b]) })
		delete(m, oldest)
	}
}

// newRefreshToken has more than 256 bits, and no dot in it: it is not taken for a JWT.
func newRefreshToken() string { return rand.Text() + rand.Text() }

func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
