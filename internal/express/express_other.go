//go:build !linux

package express

// Refusal is always empty here: nobody was asked.
func Refusal() string { return "" }
