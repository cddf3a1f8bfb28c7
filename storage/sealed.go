package storage

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"keyfob/internal/fault"
)

const (
	// sealedMark begins what the keychain keeps in place of a secret that lies in a file: the mark, the file's name, a
	// colon, the file's key in base64.
	sealedMark = "keyfob-sealed:1:"
	sealedMost = 512 << 10 // bytes of one secret: many times what a sign-in with the largest tokens takes
	sealedKey  = 32        // bytes: AES-256
)

// Vault is a keychain as its users see it: *Keychain, or a Sealed one.
type Vault interface {
	Load(ctx context.Context, key string) ([]byte, error)
	LoadMany(ctx context.Context, keys []string) (map[string][]byte, error)
	Save(ctx context.Context, key string, data []byte) error
	Delete(ctx context.Context, key string) error
	Probe(ctx context.Context) error
}

// Sealed is a keychain that also takes secrets which are too large for the one beneath: Windows keeps 2,560 bytes,
// macOS about 3,000, and a provider's tokens can have more. Such a secret lies in a file, encrypted with AES-256-GCM
// under a random key that is used for this one file, and the keychain keeps name and key of the file in its place. The
// write to the keychain is the switch from the old secret to the new: a file that no keychain entry names is nothing,
// and is swept away the next time that the same secret is saved or deleted.
//
// One secret is saved or deleted by one caller at a time. Errors are those of the keychain; DiskTrouble where the file
// cannot be written or read; SecretTooLarge above 512 KB. A file that is missing or was changed is as good as a secret
// that somebody deleted: fs.ErrNotExist.
type Sealed struct {
	Vault
	folder string
	limit  func(key string) int // bytes that the keychain beneath takes
}

// NewSealed returns a keychain that puts what is too large for k into files of that folder.
func NewSealed(k *Keychain, folder string) *Sealed { return &Sealed{k, folder, sizeLimit} }

// Load returns what is kept under the key.
func (s *Sealed) Load(ctx context.Context, key string) ([]byte, error) {
	data, err := s.Vault.Load(ctx, key)
	if err != nil {
		return nil, err
	}
	return s.opened(key, data)
}

// LoadMany returns what is kept under the keys; nothing where nothing is kept.
func (s *Sealed) LoadMany(ctx context.Context, keys []string) (map[string][]byte, error) {
	found, err := s.Vault.LoadMany(ctx, keys)
	if err != nil {
		return nil, err
	}
	for key, data := range found {
		data, err := s.opened(key, data)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			delete(found, key)
		case err != nil:
			return nil, err
		default:
			found[key] = data
		}
	}
	return found, nil
}

// opened is the secret that an entry of the keychain is or stands for.
func (s *Sealed) opened(key string, entry []byte) ([]byte, error) {
	at, sealed := strings.CutPrefix(string(entry), sealedMark)
	if !sealed {
		return entry, nil
	}
	return s.open(key, at)
}

// Save keeps data under the key.
func (s *Sealed) Save(ctx context.Context, key string, data []byte) error {
	if len(data) > sealedMost {
		return fault.New(fault.SecretTooLarge, "bytes", strconv.Itoa(len(data)), "limit", strconv.Itoa(sealedMost))
	}
	file, entry := "", data
	if len(data) > s.limit(key) || strings.HasPrefix(string(data), sealedMark) {
		var err error
		if file, entry, err = s.seal(key, data); err != nil {
			return err
		}
	}
	if err := s.Vault.Save(ctx, key, entry); err != nil {
		return err // what was written stays: a keychain that did not answer in time may have kept the entry
	}
	s.sweep(key, file)
	return nil
}

// Delete forgets the key. The entry goes first: without it the file is noise.
func (s *Sealed) Delete(ctx context.Context, key string) error {
	err := s.Vault.Delete(ctx, key)
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		s.sweep(key, "")
	}
	return err
}

// seal writes data to a new file and returns its name and the keychain's entry for it.
func (s *Sealed) seal(key string, data []byte) (file string, entry []byte, err error) {
	secret := make([]byte, sealedKey)
	_, _ = rand.Read(secret) // never fails
	file = sealedPrefix(key) + rand.Text()
	cipher, err := newSeal(secret)
	if err != nil {
		return "", nil, fault.New(fault.Internal).Because(err)
	}
	sealed := cipher.Seal(nil, nil, data, []byte(key)) //nolint:gosec // the cipher makes a nonce of its own
	if err := WriteFile(filepath.Join(s.folder, file), sealed); err != nil {
		return "", nil, err
	}
	return file, []byte(sealedMark + file + ":" + base64.RawStdEncoding.EncodeToString(secret)), nil
}

// open reads the file of which at says name and key. The name is checked: what stands in the keychain may be anybody's.
func (s *Sealed) open(key, at string) ([]byte, error) {
	file, text, _ := strings.Cut(at, ":")
	secret, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil || len(secret) != sealedKey || !strings.HasPrefix(file, sealedPrefix(key)) || !filepath.IsLocal(file) {
		return nil, fs.ErrNotExist
	}
	path := filepath.Join(s.folder, file)
	data, err := readFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err != nil {
		return nil, diskTrouble(path, err)
	}
	cipher, err := newSeal(secret)
	if err != nil {
		return nil, fault.New(fault.Internal).Because(err)
	}
	plain, err := cipher.Open(nil, nil, data, []byte(key))
	if err != nil {
		return nil, fs.ErrNotExist
	}
	return plain, nil
}

func newSeal(secret []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// sweep removes the files of one key but the one that is in use. What cannot be removed is removed the next time.
func (s *Sealed) sweep(key, but string) {
	entries, err := os.ReadDir(s.folder)
	if err != nil {
		return
	}
	for _, e := range entries {
		if name := e.Name(); name != but && strings.HasPrefix(name, sealedPrefix(key)) {
			_ = os.Remove(filepath.Join(s.folder, name))
		}
	}
}

// sealedPrefix begins the names of all files of one key. The key has characters that no file's name may have.
func sealedPrefix(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:8]) + "-"
}
