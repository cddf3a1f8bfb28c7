//go:build !linux

package trim

// executable: other systems trim idle processes by themselves.
func executable() {}
