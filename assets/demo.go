package assets

import (
	_ "embed"
	"slices"
)

//go:embed demo.json
var demoProfile []byte

// DemoProfile is the profile file of the demo provider that Keyfob hosts itself. Its redirect URIs are the defaults.
func DemoProfile() []byte { return slices.Clone(demoProfile) }
