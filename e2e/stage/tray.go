//go:build linux

package stage

import (
	"context"

	"keyfob/ui/tray/traytest"
)

// startTrayHost puts a stand-in for the desktop's panel on the bus.
func (s *Stage) startTrayHost(context.Context) error {
	host, err := traytest.NewHost(s.bus.address, true)
	if err != nil {
		return err
	}
	s.closers = append(s.closers, func() error { host.Close(); return nil })
	s.Tray = host
	return nil
}
