//go:build linux

package stage

import (
	"context"

	"keyfob/ui/tray/traytest"
)

// StartTrayHost puts a stand-in for the desktop's panel on the bus: the first, or one that comes after Tray.Close has
// ended the last.
func (s *Stage) StartTrayHost(context.Context) error {
	host, err := traytest.NewHost(s.bus.address, true)
	if err != nil {
		return err
	}
	s.closers = append(s.closers, func() error { host.Close(); return nil })
	s.Tray = host
	return nil
}
