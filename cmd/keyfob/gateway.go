package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"keyfob/internal/fault"
	"keyfob/internal/gateway"
	"keyfob/internal/localapi/client"
	"keyfob/internal/secret"
	"keyfob/internal/words"
	"keyfob/storage"
)

type gatewayOptions struct {
	listen, keyFile string
	clients         []string
	asJSON          bool
}

func (a *app) gatewayCommand() *cobra.Command {
	var o gatewayOptions
	cmd := &cobra.Command{
		Use:               "gateway ID",
		Args:              oneID,
		ValidArgsFunction: a.completeIDs,
		RunE:              func(cmd *cobra.Command, args []string) error { return a.gateway(cmd.Context(), args[0], o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.listen, "listen", "127.0.0.1:0", "")
	f.StringVar(&o.keyFile, "key-file", "", "")
	f.StringArrayVar(&o.clients, "client", []string{"default"}, "")
	f.BoolVar(&o.asJSON, "json", false, "")
	return cmd
}

func (a *app) gateway(ctx context.Context, id string, o gatewayOptions) error {
	p, err := profileOf(ctx, id)
	if err != nil {
		return err
	}
	ring, err := keysFor(o.clients, o.keyFile)
	if err != nil {
		return err
	}
	says := &saysOnce{app: a, said: map[string]time.Time{}}
	g, err := gateway.New(gateway.Options{
		Profile: p, Keys: ring.keys, Problem: says.problem,
		Credentials: client.Credentials(&agentSource{profile: &p}, id, gatewayHold),
	})
	if err != nil {
		return err
	}
	listeners, err := g.Listen(ctx, o.listen)
	if err != nil {
		return err
	}
	if err := a.printGateway(listeners, ring, o); err != nil {
		listeners.Close()
		return err
	}
	return g.Serve(ctx, listeners)
}

// gatewayHold is how long a gateway uses a token without asking the agent again. After that time at the latest it
// notices a sign-out, or that the profile was replaced.
const gatewayHold = 5 * time.Second

func (a *app) printGateway(listeners gateway.Listeners, ring keyring, o gatewayOptions) error {
	if o.asJSON {
		urls, keys := map[string]string{}, map[string]string{}
		for _, d := range listeners {
			urls[d.Base] = d.URL()
		}
		for i, key := range ring.keys {
			keys[key.Client] = ring.texts[i].Reveal()
		}
		_, err := a.out.Write(lineOfJSON(map[string]any{"url": listeners[0].URL(), "urls": urls, "keys": keys}))
		return err
	}
	var rows [][]string
	for _, d := range listeners {
		rows = append(rows, []string{words.T("cli.gateway.url"), d.URL() + named(d.Base, len(listeners))})
	}
	for i, key := range ring.keys {
		if o.keyFile != "" {
			rows = append(rows, []string{
				words.T("cli.gateway.key"), words.T("cli.gateway.key-in-file", "client", key.Client, "file", o.keyFile),
			})
		} else {
			rows = append(rows, []string{words.T("cli.gateway.key"), ring.texts[i].Reveal() + named(key.Client, len(ring.keys))})
		}
	}
	return columns(a.out, rows)
}

// named is the name that stands beside a key or a URL, where there are several.
func named(name string, of int) string {
	if of == 1 {
		return ""
	}
	return "  " + name
}

// keyring has the keys of the clients, and the texts that the clients send as their keys.
type keyring struct {
	keys  []gateway.Key
	texts []secret.Text
}

func (r *keyring) add(key gateway.Key, text secret.Text) {
	r.keys, r.texts = append(r.keys, key), append(r.texts, text)
}

func (r *keyring) has(client string) bool {
	for _, key := range r.keys {
		if key.Client == client {
			return true
		}
	}
	return false
}

// keysFor makes a key for each client, or takes the one that the file has. New keys are added to the file.
func keysFor(clients []string, path string) (ring keyring, err error) {
	if path != "" {
		if ring, err = readKeys(path); err != nil {
			return ring, err
		}
	}
	before := len(ring.keys)
	for _, client := range clients {
		if client == "" || strings.ContainsFunc(client, notToken) {
			return ring, misused(fault.UsageClientName, "client", client)
		}
		if !ring.has(client) {
			ring.add(gateway.NewKey(client))
		}
	}
	if path == "" || len(ring.keys) == before {
		return ring, nil
	}
	var file bytes.Buffer
	for i, key := range ring.keys {
		fmt.Fprintf(&file, "%s %s\n", key.Client, ring.texts[i].Reveal())
	}
	return ring, storage.WriteFile(path, file.Bytes())
}

// readKeys reads a file that keysFor wrote. Each line is the name of a client and its key.
func readKeys(path string) (ring keyring, err error) {
	const most = 64 << 10
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return ring, nil
	case err != nil || !info.Mode().IsRegular() || info.Size() > most:
		return ring, misused(fault.UsageKeysFile, "path", path)
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		return ring, misused(fault.UsageKeysOpen, "path", path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return ring, misused(fault.UsageFileUnreadable, "path", path)
	}
	for line := range strings.Lines(string(data)) {
		client, text, _ := strings.Cut(strings.TrimSpace(line), " ")
		key, ok := gateway.KnownKey(client, secret.New(text))
		if !ok || ring.has(client) {
			return keyring{}, misused(fault.UsageKeysFile, "path", path)
		}
		ring.add(key, secret.New(text))
	}
	return ring, nil
}

// saysOnce prints what goes wrong, each thing once a minute at most.
type saysOnce struct {
	*app

	mu   sync.Mutex
	said map[string]time.Time
}

func (s *saysOnce) problem(client string, problem error) {
	const again = time.Minute
	m := words.Of(problem)
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Since(s.said[client+m.What]) < again {
		return
	}
	if len(s.said) > 100 {
		clear(s.said)
	}
	s.said[client+m.What] = time.Now()
	s.tell("cli.gateway.problem", "client", client, "what", indented(m.What), "code", m.Code)
}
