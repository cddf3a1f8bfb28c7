package storage

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

// startDisplay starts a display without a window manager, for keychains that have windows.
func startDisplay(t testing.TB) {
	t.Helper()
	number, say, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = number.Close() }()
	cmd := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "1024x768x24", "-nolisten", "tcp")
	cmd.ExtraFiles = []*os.File{say}
	start(t, "xvfb", cmd)
	_ = say.Close()
	display, err := bufio.NewReader(number).ReadString('\n')
	if err != nil {
		t.Fatal("the display did not start:", err)
	}
	t.Setenv("DISPLAY", ":"+strings.TrimSpace(display))
	t.Setenv("QT_QPA_PLATFORM", "xcb")
}

// keepassSettings are the only ones that are not as delivered.
const keepassSettings = "[FdoSecrets]\nEnabled=true\n[GUI]\nCheckForUpdates=false\n"

// keepassBase is a database of which one group is open to the Secret Service, as its settings do it; in keepassNoGroup
// none is.
const (
	keepassBase = keepassHead + `<CustomData><Item><Key>FDO_SECRETS_EXPOSED_GROUP</Key>
<Value>{00112233-4455-6677-8899-aabbccddeeff}</Value></Item></CustomData>` + keepassFoot
	keepassNoGroup = keepassHead + keepassFoot

	keepassHead = `<?xml version="1.0" encoding="UTF-8"?><KeePassFile><Meta><DatabaseName>Passwords</DatabaseName>`
	keepassFoot = `</Meta><Root><Group><UUID>ABEiM0RVZneImaq7zN3u/w==</UUID><Name>Root</Name></Group></Root></KeePassFile>`
)

// startKeePass starts KeePassXC as the Secret Service of a desktop of its own, and returns when it serves.
func startKeePass(t testing.TB, base string) {
	t.Helper()
	startBus(t, shortDir(t))
	startDisplay(t)
	dir := os.Getenv("HOME")
	at := func(name string) string { return filepath.Join(dir, name) }
	for name, text := range map[string]string{"base.xml": base, "keepassxc.ini": keepassSettings} {
		if err := os.WriteFile(at(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	imported := exec.Command("keepassxc-cli", "import", "--set-password", at("base.xml"), at("base.kdbx"))
	imported.Stdin = strings.NewReader("password\npassword\n")
	if output, err := imported.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s\nThis test needs it: apt-get install keepassxc", err, output)
	}
	serves := nameAppears(t, secretsName)
	cmd := exec.Command("keepassxc", "--config", at("keepassxc.ini"), "--localconfig", at("local.ini"),
		"--pw-stdin", at("base.kdbx"))
	cmd.Stdin = strings.NewReader("password\n")
	start(t, "keepassxc", cmd)
	serves()
	xdotool(t, "search", "--sync", "--onlyvisible", "--name", keepassWindow) // the database is open
}

// nameAppears returns what waits until somebody owns the name on the bus.
func nameAppears(t testing.TB, name string) (wait func()) {
	t.Helper()
	conn := connect(t)
	err := conn.AddMatchSignal(dbus.WithMatchInterface("org.freedesktop.DBus"),
		dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, name))
	if err != nil {
		t.Fatal(err)
	}
	signals := make(chan *dbus.Signal, 10)
	conn.Signal(signals)
	return func() {
		t.Helper()
		timeout := time.After(60 * time.Second)
		for {
			select {
			case signal := <-signals:
				if len(signal.Body) == 3 && signal.Body[0] == name && signal.Body[2] != "" {
					return
				}
			case <-timeout:
				t.Fatalf("%s is not served", name)
			}
		}
	}
}

// xdotool looks at the windows, or presses a key, and returns what it says.
func xdotool(t testing.TB, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "xdotool", args...)
	cmd.Stderr = io.Discard
	output, err := cmd.Output()
	if _, none := err.(*exec.ExitError); err != nil && !none || ctx.Err() != nil {
		t.Fatalf("xdotool %s: %v\nThis test needs it: apt-get install xdotool", args, err)
	}
	return strings.TrimSpace(string(output))
}
