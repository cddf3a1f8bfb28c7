//go:build unix && !darwin

package storage

import (
	"fmt"
	"os"
	"path/filepath"
)

// systemPlaces follows the XDG Base Directory Specification.
func systemPlaces() (Places, error) {
	config, err := xdg("XDG_CONFIG_HOME", ".config")
	if err != nil {
		return Places{}, err
	}
	state, err := xdg("XDG_STATE_HOME", ".local/state")
	if err != nil {
		return Places{}, err
	}
	bases := []string{os.Getenv("XDG_RUNTIME_DIR"), fmt.Sprintf("/run/user/%d", os.Geteuid())}
	return Places{Config: config, State: state, Runtime: runtimeFolder(bases, state)}, nil
}

// xdg returns our folder under the one that the variable names. "All paths set in these environment variables must be
// absolute. If an implementation encounters a relative path … it should consider the path invalid and ignore it."
func xdg(variable, underHome string) (string, error) {
	if base := os.Getenv(variable); filepath.IsAbs(base) {
		return filepath.Join(base, "keyfob"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", diskTrouble("$HOME", err)
	}
	return filepath.Join(home, underHome, "keyfob"), nil
}

// runtimeFolder takes the first base that exists and is ours alone. After sudo -E the variable names somebody else's,
// in a cron job it is missing; then the state folder serves. "The directory MUST be owned by the user, and he MUST be
// the only one having read and write access to it": whoever can write to it can put another folder in ours' place.
func runtimeFolder(bases []string, state string) string {
	for _, base := range bases {
		info, err := os.Stat(base)
		if filepath.IsAbs(base) && err == nil && info.IsDir() && ours(info) && info.Mode()&0o022 == 0 {
			return filepath.Join(base, "keyfob")
		}
	}
	return state
}
