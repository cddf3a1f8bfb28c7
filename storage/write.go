package storage

import (
	"os"
	"path/filepath"
)

// WriteFile writes the file whole or not at all, 0600, making its folder (0700) where that is missing. When it has
// returned nil the new content survives a power cut; when it returns an error, or never returns, the old content is
// still there. The error is fault.DiskTrouble.
func WriteFile(path string, data []byte) error {
	if err := writeFile(path, data); err != nil {
		return diskTrouble(path, err)
	}
	return nil
}

func writeFile(path string, data []byte) error {
	folder := filepath.Dir(path)
	if err := makeFolder(folder); err != nil {
		return err
	}
	temp, err := writeTemp(folder, filepath.Base(path), data)
	if err != nil {
		return err
	}
	if err := replace(temp, path); err != nil {
		_ = os.Remove(temp)
		return err
	}
	return syncFolder(folder)
}

// writeTemp writes a new file beside the one that it will replace: a rename is atomic within one file system only.
// Its name starts with a dot and ends in .tmp, so that nobody takes it for the file if we die here.
func writeTemp(folder, name string, data []byte) (string, error) {
	file, err := os.CreateTemp(folder, "."+name+"-*.tmp") // makes it 0600, whatever the umask
	if err != nil {
		return "", err
	}
	_, err = file.Write(data)
	if err == nil {
		err = file.Sync()
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err != nil {
		_ = os.Remove(file.Name())
		return "", err
	}
	return file.Name(), nil
}
