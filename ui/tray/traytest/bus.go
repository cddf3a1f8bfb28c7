package traytest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
)

// Bus is a session bus of a test's own.
type Bus struct {
	Address string // for DBUS_SESSION_BUS_ADDRESS
	cmd     *exec.Cmd
}

// StartBus starts a dbus-daemon. Without one it fails and names the package: a tray that was not tested is not tested.
func StartBus() (*Bus, error) {
	path, err := exec.LookPath("dbus-daemon")
	if err != nil {
		return nil, errors.New("dbus-daemon is missing: apt-get install dbus-daemon")
	}
	cmd := exec.CommandContext(context.Background(), path, "--session", "--nofork", "--nopidfile", "--print-address=1")
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	b := &Bus{cmd: cmd}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Close()
		return nil, fmt.Errorf("dbus-daemon did not tell its address: %s", complaints.String())
	}
	b.Address = strings.TrimSpace(line)
	return b, nil
}

// Close ends the bus as the end of a desktop session does.
func (b *Bus) Close() {
	_ = b.cmd.Process.Signal(syscall.SIGTERM) // it takes its socket along; killed, it could not
	_ = b.cmd.Wait()
}
