package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strings"

	"keyfob/internal/fault"
	"keyfob/internal/gateway"
	"keyfob/internal/secret"
	"keyfob/storage"
)

// clientKeys are the keys of a gateway's clients, each with its text, which the gateway itself does not have.
type clientKeys struct {
	keys  []gateway.Key
	texts []secret.Text
}

func (k *clientKeys) add(key gateway.Key, text secret.Text) {
	k.keys, k.texts = append(k.keys, key), append(k.texts, text)
}

func (k *clientKeys) has(client string) bool {
	return slices.ContainsFunc(k.keys, func(key gateway.Key) bool { return key.Client == client })
}

// keysFor are keys for clients: those that a file has, and new ones for the other clients. New keys are added to the
// file. Without a path there is no file, and all keys are new.
func keysFor(clients []string, path string) (keys clientKeys, err error) {
	if path != "" {
		if keys, err = readKeys(path); err != nil {
			return keys, err
		}
	}
	before := len(keys.keys)
	for _, client := range clients {
		if client == "" || strings.ContainsFunc(client, notToken) {
			return keys, misused(fault.UsageClientName, "client", client)
		}
		if !keys.has(client) {
			keys.add(gateway.NewKey(client))
		}
	}
	if path == "" || len(keys.keys) == before {
		return keys, nil
	}
	return keys, writeKeys(path, keys)
}

func writeKeys(path string, keys clientKeys) error {
	var file bytes.Buffer
	for i, key := range keys.keys {
		fmt.Fprintf(&file, "%s %s\n", key.Client, keys.texts[i].Reveal())
	}
	return storage.WriteFile(path, file.Bytes())
}

// readKeys reads a file that writeKeys wrote: a line is a client's name and its key. A file that is not there has no
// keys.
func readKeys(path string) (keys clientKeys, err error) {
	const most = 64 << 10
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return keys, nil
	case err != nil || !info.Mode().IsRegular() || info.Size() > most:
		return keys, misused(fault.UsageKeysFile, "path", path)
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		return keys, misused(fault.UsageKeysOpen, "path", path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return keys, misused(fault.UsageFileUnreadable, "path", path)
	}
	for line := range strings.Lines(string(data)) {
		client, text, _ := strings.Cut(strings.TrimSpace(line), " ")
		key, ok := gateway.KnownKey(client, secret.New(text))
		if !ok || keys.has(client) {
			return clientKeys{}, misused(fault.UsageKeysFile, "path", path)
		}
		keys.add(key, secret.New(text))
	}
	return keys, nil
}
