//go:build !linux && !freebsd && !openbsd && !netbsd

package doctor

import "context"

// trayHost is true: the system has a place for icons.
func trayHost(context.Context) (bool, error) { return true, nil }
