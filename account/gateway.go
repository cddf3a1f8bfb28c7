package account

import (
	"crypto/sha256"

	"keyfob/internal/secret"
)

// GatewayDoor is a gateway that was opened just now. The key is told once.
type GatewayDoor struct {
	URL string
	Key secret.Text
}

// Fingerprint tells tokens apart without holding them.
func Fingerprint(token secret.Text) [sha256.Size]byte { return sha256.Sum256([]byte(token.Reveal())) }
