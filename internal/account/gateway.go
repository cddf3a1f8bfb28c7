package account

import (
	"crypto/sha256"

	"keyfob/internal/secret"
)

// OpenGateway is a gateway that was opened just now. The key is told once, and fits at all of its addresses.
type OpenGateway struct {
	URL       string // the first of its addresses
	Key       secret.Text
	Addresses []GatewayAddress // in the order of the profile's base URLs
}

// GatewayAddress is an address of this computer, and the base URL of the API that it leads to.
type GatewayAddress struct {
	URL string `json:"url"`
	API string `json:"api"` // without a slash at its end
}

// Fingerprint tells tokens apart without holding them.
func Fingerprint(token secret.Text) [sha256.Size]byte { return sha256.Sum256([]byte(token.Reveal())) }
