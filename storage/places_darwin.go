package storage

import (
	"os"
	"path/filepath"
)

// systemPlaces follows Apple's File System Programming Guide. The temporary folder of the user would be the usual
// place of a socket, but the system cleans it while Keyfob runs.
func systemPlaces() (Places, error) {
	support, err := os.UserConfigDir() // ~/Library/Application Support
	if err != nil {
		return Places{}, diskTrouble("$HOME", err)
	}
	config := filepath.Join(support, "Keyfob")
	state := filepath.Join(config, "State")
	return Places{Config: config, State: state, Runtime: state}, nil
}
