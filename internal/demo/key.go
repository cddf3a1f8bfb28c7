package demo

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/go-jose/go-jose/v4"

	"keyfob/internal/fault"
)

const keyFile = "signing-key.json"

// loadKey reads the key that signs tokens, or makes and saves one: at the first start (it takes a tenth of a second),
// and where the file cannot be understood, for nothing of value hangs on it.
func loadKey(o Options) (jose.JSONWebKey, error) {
	path := filepath.Join(o.Dir, keyFile)
	data, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return jose.JSONWebKey{}, fault.New(fault.DiskTrouble, "path", path).Because(err)
	}
	if err == nil {
		if key, ok := parseKey(data); ok {
			return key, nil
		}
		o.Log.Warn("the demo's signing key cannot be read; a new one replaces it")
	}
	return makeKey(path, o.Save)
}

func parseKey(data []byte) (jose.JSONWebKey, bool) {
	var key jose.JSONWebKey
	if err := json.Unmarshal(data, &key); err != nil {
		return key, false
	}
	_, private := key.Key.(*rsa.PrivateKey)
	return key, private && key.KeyID != "" && key.Algorithm == string(jose.RS256)
}

func makeKey(path string, save func(string, []byte) error) (jose.JSONWebKey, error) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return jose.JSONWebKey{}, fmt.Errorf("make the demo's signing key: %w", err)
	}
	key := jose.JSONWebKey{Key: private, Algorithm: string(jose.RS256), Use: "sig"}
	print, err := key.Thumbprint(crypto.SHA256) // RFC 7638
	if err != nil {
		return key, fmt.Errorf("name the demo's signing key: %w", err)
	}
	key.KeyID = base64.RawURLEncoding.EncodeToString(print)
	data, err := json.Marshal(key)
	if err != nil {
		return key, fmt.Errorf("encode the demo's signing key: %w", err)
	}
	if err := save(path, data); err != nil {
		return key, fault.New(fault.DiskTrouble, "path", path).Because(err)
	}
	return key, nil
}
