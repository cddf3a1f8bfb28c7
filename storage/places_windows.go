package storage

import (
	"os"
	"path/filepath"
)

// systemPlaces puts what may roam under %AppData% and what belongs to this machine under %LocalAppData%.
func systemPlaces() (Places, error) {
	roaming, err := os.UserConfigDir()
	if err != nil {
		return Places{}, diskTrouble("%AppData%", err)
	}
	local, err := os.UserCacheDir()
	if err != nil {
		return Places{}, diskTrouble("%LocalAppData%", err)
	}
	state := filepath.Join(local, "Keyfob")
	return Places{Config: filepath.Join(roaming, "Keyfob"), State: state, Runtime: state}, nil
}
