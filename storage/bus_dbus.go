//go:build unix && !darwin

package storage

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/godbus/dbus/v5"
)

// UseSessionBus has this process and those that it starts use the session bus that there is, also where the environment
// names one that has gone, or none. It is called before anybody asks a bus.
func UseSessionBus() {
	if address, err := busAddress(); err == nil {
		_ = os.Setenv(busVariable, address)
	}
}

// busAddress returns the address of the session bus: what the variable says, if somebody listens there, else the socket
// where systemd puts it, if it is ours. "autolaunch:" is a wish to start one, which we do not; "disabled:" and a stale
// address come from cron, from sudo and from a multiplexer that has outlived its session.
func busAddress() (string, error) {
	named := os.Getenv(busVariable)
	if strings.HasPrefix(named, "autolaunch:") {
		named = ""
	}
	if named != "" && listened(named) {
		return named, nil
	}
	for _, folder := range []string{os.Getenv("XDG_RUNTIME_DIR"), fmt.Sprintf("/run/user/%d", os.Geteuid())} {
		socket := filepath.Join(folder, "bus")
		address := "unix:path=" + dbus.EscapeBusAddressValue(socket)
		info, err := os.Stat(socket)
		if filepath.IsAbs(socket) && err == nil && info.Mode()&fs.ModeSocket != 0 && ours(info) &&
			(named == "" || listened(address)) {
			return address, nil
		}
	}
	if named != "" {
		return named, nil // whoever uses it says what is wrong with it
	}
	return "", errors.New("there is no session bus")
}

// listened tells whether somebody listens at an address. One that is no socket of this computer is believed.
func listened(address string) bool {
	for one := range strings.SplitSeq(address, ";") {
		if strings.HasPrefix(one, "tcp:") || strings.HasPrefix(one, "nonce-tcp:") || strings.HasPrefix(one, "unixexec:") {
			return true
		}
	}
	conn, err := dbus.Dial(address)
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}
