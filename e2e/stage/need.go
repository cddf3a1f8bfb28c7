//go:build linux

package stage

import (
	"fmt"
	"os/exec"
)

// packages names the Debian package of each program that a stage starts.
var packages = map[string]string{
	"Xvfb":                 "xvfb",
	"openbox":              "openbox",
	"dbus-daemon":          "dbus",
	"gnome-keyring-daemon": "gnome-keyring",
	prompter:               "gcr",
	"secret-tool":          "libsecret-tools",
	"chromium":             "chromium",
	"node":                 "npm",
}

// need finds a program by its name, or by one of its other names.
func need(program string, others ...string) (string, error) {
	for _, name := range append([]string{program}, others...) {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%s is missing: run tools/setup.sh test, or install Debian's package %s",
		program, packages[program])
}
