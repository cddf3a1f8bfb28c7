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

// keysFor makes keys for clients, and for those that the file at path has. No key of an earlier start is used again:
// while the gateway was down, whoever took its port was shown it. Without a path there is no file.
func keysFor(clients []string, path string) (keys clientKeys, err error) {
	var before []string
	if path != "" {
		if before, err = clientsIn(path); err != nil {
			return keys, err
		}
	}
	for _, client := range slices.Concat(before, clients) {
		if client == "" || strings.ContainsFunc(client, notToken) {
			return keys, misused(fault.UsageClientName, "client", client)
		}
		if !keys.has(client) {
			keys.add(gateway.NewKey(client))
		}
	}
	return keys, nil
}

// write puts the keys into the file at path, in place of those that it had. Without a path there is no file.
func (k *clientKeys) write(path string) error {
	if path == "" {
		return nil
	}
	var file bytes.Buffer
	for i, key := range k.keys {
		fmt.Fprintf(&file, "%s %s\n", key.Client, k.texts[i].Reveal())
	}
	return storage.WriteFile(path, file.Bytes())
}

// clientsIn are the clients in a file that write has written: a line is a client's name and its key. A file that is not
// there has none. Any other file is refused, since it would be written over.
func clientsIn(path string) (clients []string, err error) {
	const most = 64 << 10
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil || !info.Mode().IsRegular() || info.Size() > most:
		return nil, misused(fault.UsageKeysFile, "path", path)
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		return nil, misused(fault.UsageKeysOpen, "path", path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, misused(fault.UsageFileUnreadable, "path", path)
	}
	for line := range strings.Lines(string(data)) {
		client, text, _ := strings.Cut(strings.TrimSpace(line), " ")
		if !gateway.IsKey(text) || slices.Contains(clients, client) {
			return nil, misused(fault.UsageKeysFile, "path", path)
		}
		clients = append(clients, client)
	}
	return clients, nil
}
