package storage

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/godbus/dbus/v5"
)

func init() {
	modes["any-bus"] = func(string) {
		_, _ = dbus.SessionBus()
		os.Exit(0)
	}
}

// trapDBusLaunch puts a dbus-launch into the PATH that only notes that it was called.
func trapDBusLaunch(t *testing.T, dir string) (launched func() bool) {
	t.Helper()
	note := filepath.Join(dir, "dbus-launch-was-called")
	bin := filepath.Join(dir, "bin")
	if err := os.Mkdir(bin, 0o700); err != nil {
		t.Fatal(err)
	}
	script := fmt.Sprintf("#!/bin/sh\n: >%s\nexit 1\n", note)
	if err := os.WriteFile(filepath.Join(bin, "dbus-launch"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	return func() bool {
		_, err := os.Stat(note)
		return err == nil
	}
}

// markProcesses gives everything that is started from now on a mark in its environment, and returns a function that
// lists the processes that carry it.
func markProcesses(t *testing.T) (left func() []string) {
	t.Helper()
	mark := filepath.Base(t.TempDir()) + strconv.Itoa(os.Getpid()) + t.Name()
	t.Setenv("LC_TEST_MARK", mark) // a child gets it: see internal/detach
	return func() []string { return processesWith("environ", "LC_TEST_MARK="+mark) }
}

// processesWith lists the other processes whose file in /proc contains the text.
func processesWith(file, text string) (found []string) {
	folders, _ := filepath.Glob("/proc/[0-9]*")
	for _, folder := range folders {
		if folder == fmt.Sprintf("/proc/%d", os.Getpid()) {
			continue
		}
		data, err := os.ReadFile(filepath.Join(folder, file))
		if err == nil && bytes.Contains(data, []byte(text)) {
			command, _ := os.ReadFile(filepath.Join(folder, "cmdline"))
			found = append(found, folder+" "+string(bytes.ReplaceAll(command, []byte{0}, []byte{' '})))
		}
	}
	return found
}
