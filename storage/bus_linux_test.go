package storage

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"
)

// start starts a program that the tests need. It fails where the program is missing: a test of the keychain that is
// skipped proves nothing.
func start(t testing.TB, debianPackage string, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatalf("%v\nThis test needs it: apt-get install %s", err, debianPackage)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
}

// privateHome gives the test, and all that it starts, folders of their own and no bus.
func privateHome(t testing.TB) string {
	t.Helper()
	dir := shortDir(t)
	for _, variable := range []string{"HOME", "XDG_RUNTIME_DIR", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"} {
		folder := filepath.Join(dir, strings.ToLower(variable))
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		t.Setenv(variable, folder)
	}
	t.Setenv(busVariable, "")
	t.Setenv("DISPLAY", "")
	t.Setenv("WAYLAND_DISPLAY", "")
	return dir
}

const busConfig = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=%s</listen>
  <servicedir>%s</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`

// startBus starts a bus on which nothing is activatable but what lies in the folder services, and makes it the session
// bus. It returns its socket.
func startBus(t testing.TB, services string) string {
	t.Helper()
	dir := privateHome(t)
	socket := filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "bus")
	config := filepath.Join(dir, "bus.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, busConfig, socket, services), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("dbus-daemon", "--config-file="+config, "--nofork", "--nopidfile", "--print-address=1")
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	start(t, "dbus", cmd)
	address, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		t.Fatal("the bus did not start:", err)
	}
	t.Setenv(busVariable, strings.TrimSpace(address))
	return socket
}

// connect returns the test's own connection.
func connect(t testing.TB) *dbus.Conn {
	t.Helper()
	conn, err := dbus.Connect(os.Getenv(busVariable))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// startKeyring starts gnome-keyring with an open login collection, and returns when it serves.
func startKeyring(t testing.TB) *exec.Cmd {
	t.Helper()
	serves := nameAppears(t, secretsName)
	cmd := exec.Command("gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets")
	cmd.Stdin = strings.NewReader("password of the login")
	start(t, "gnome-keyring", cmd)
	serves()
	return cmd
}

// newKeyring is the usual case: a bus with a real, open keychain, and ours on it.
func newKeyring(t testing.TB) (*Keychain, *exec.Cmd) {
	t.Helper()
	startBus(t, shortDir(t))
	daemon := startKeyring(t)
	return ourKeychain(t), daemon
}

// ourKeychain runs its child in this test binary.
func ourKeychain(t testing.TB) *Keychain {
	t.Helper()
	k := NewKeychain([]string{os.Args[0], ChildArg})
	t.Cleanup(k.Close)
	return k
}

// lock locks the login collection of the real keychain.
func lock(t testing.TB) {
	t.Helper()
	var locked []dbus.ObjectPath
	var prompt dbus.ObjectPath
	err := connect(t).Object(secretsName, secretsPath).
		Call(serviceIface+".Lock", 0, []dbus.ObjectPath{loginPath}).Store(&locked, &prompt)
	if err != nil || len(locked) != 1 {
		t.Fatal(locked, err)
	}
}

// secretTool asks another program what the keychain holds.
func secretTool(t testing.TB, args ...string) string {
	t.Helper()
	cmd := exec.Command("secret-tool", args...)
	cmd.Stderr = io.Discard
	output, err := cmd.Output()
	if _, refused := err.(*exec.ExitError); err != nil && !refused {
		t.Fatalf("%v\nThis test needs it: apt-get install libsecret-tools", err)
	}
	return string(output)
}
