//go:build linux

package stage

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/godbus/dbus/v5"
)

// busConfig is a session bus that starts nothing by itself: on the machine's own, a missing keychain would be started
// on demand, and a test of "there is no keychain" would find one.
const busConfig = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=%s</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`

// bus is the stage's session bus.
type bus struct {
	address string
	conn    *dbus.Conn // for the stage's own questions
}

func (s *Stage) startBus(ctx context.Context) error {
	path, err := need("dbus-daemon")
	if err != nil {
		return err
	}
	config := s.Path("bus.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, busConfig, s.Path("run/bus")), 0o600); err != nil {
		return err
	}
	address, err := s.readyLine(ctx, exec.CommandContext(ctx, path,
		"--config-file="+config, "--nofork", "--nopidfile", "--nosyslog", "--print-address=3"))
	if err != nil {
		return err
	}
	conn, err := dbus.Connect(strings.TrimSpace(address))
	if err != nil {
		return err
	}
	s.closers = append(s.closers, conn.Close)
	s.bus = &bus{address: address, conn: conn}
	s.env = append(s.env, "DBUS_SESSION_BUS_ADDRESS="+address)
	return nil
}

// waitName waits until somebody on the bus owns the name.
func (b *bus) waitName(ctx context.Context, name string, p *Process) error {
	match := []dbus.MatchOption{dbus.WithMatchInterface("org.freedesktop.DBus"),
		dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, name)}
	if err := b.conn.AddMatchSignalContext(ctx, match...); err != nil {
		return err
	}
	signals := make(chan *dbus.Signal, 16)
	b.conn.Signal(signals)
	defer b.conn.RemoveSignal(signals)
	for {
		var owned bool
		call := b.conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.NameHasOwner", 0, name)
		if err := call.Store(&owned); err != nil || owned {
			return err
		}
		select {
		case <-signals:
		case <-p.Done():
			return fmt.Errorf("%s ended at once: %w\n%s", p.Name, p.err, p.Output())
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w", p.Name, ctx.Err())
		}
	}
}
