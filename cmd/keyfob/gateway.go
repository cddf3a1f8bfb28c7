package main

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"keyfob/internal/gateway"
	"keyfob/internal/localapi/client"
	"keyfob/internal/words"
)

// gatewayHold is how long a gateway uses a token without asking the agent again. A sign-out, or another profile with
// the same id, takes effect within it.
const gatewayHold = 5 * time.Second

// gatewayRun is one run of keyfob gateway.
type gatewayRun struct {
	t *terminal

	address string // where to listen
	keyFile string // where the clients find their keys; empty: nowhere
	clients []string
	asJSON  bool
}

func newGateway(t *terminal) *cobra.Command {
	g := &gatewayRun{t: t}
	cmd := forAccount("gateway", g.run)
	f := cmd.Flags()
	f.StringVar(&g.address, "listen", "127.0.0.1:0", "")
	f.StringVar(&g.keyFile, "key-file", "", "")
	f.StringArrayVar(&g.clients, "client", []string{"default"}, "")
	f.BoolVar(&g.asJSON, "json", false, "")
	return cmd
}

// run listens, prints the URLs and keys, and then serves until Ctrl-C.
func (g *gatewayRun) run(ctx context.Context, id string) error {
	p, err := profileOf(ctx, id)
	if err != nil {
		return err
	}
	keys, err := keysFor(g.clients, g.keyFile)
	if err != nil {
		return err
	}
	problems := &problemPrinter{t: g.t, printed: map[string]time.Time{}}
	server, err := gateway.New(gateway.Options{
		Profile: p, Keys: keys.keys, Problem: problems.print,
		Credentials: client.Credentials(&agentSource{profile: &p}, id, gatewayHold),
	})
	if err != nil {
		return err
	}
	listeners, err := server.Listen(ctx, g.address)
	if err != nil {
		return err
	}
	err = keys.write(g.keyFile) // not before the port is ours: a gateway that runs there goes on with its keys
	if err == nil {
		err = g.printAccess(listeners, keys)
	}
	if err != nil {
		listeners.Close()
		return err
	}
	return server.Serve(ctx, listeners)
}

// printAccess prints what a client needs: the URLs and the keys.
func (g *gatewayRun) printAccess(listeners gateway.Listeners, keys clientKeys) error {
	if g.asJSON {
		return g.printAccessJSON(listeners, keys)
	}
	var rows [][]string
	for _, l := range listeners {
		rows = append(rows, []string{words.T("cli.gateway.url"), l.URL() + ofSeveral(l.Base, len(listeners))})
	}
	for i, key := range keys.keys {
		text := keys.texts[i].Reveal() + ofSeveral(key.Client, len(keys.keys))
		if g.keyFile != "" {
			text = words.T("cli.gateway.key-in-file", "client", key.Client, "file", g.keyFile)
		}
		rows = append(rows, []string{words.T("cli.gateway.key"), text})
	}
	return columns(g.t.out, rows)
}

// printAccessJSON prints one line, which a program can read while the gateway runs.
func (g *gatewayRun) printAccessJSON(listeners gateway.Listeners, keys clientKeys) error {
	urls, byClient := map[string]string{}, map[string]string{}
	for _, l := range listeners {
		urls[l.Base] = l.URL()
	}
	for i, key := range keys.keys {
		byClient[key.Client] = keys.texts[i].Reveal()
	}
	return json.NewEncoder(g.t.out).Encode(map[string]any{"url": listeners[0].URL(), "urls": urls, "keys": byClient})
}

// ofSeveral is the name to print beside a URL or a key, where there are several.
func ofSeveral(name string, n int) string {
	if n == 1 {
		return ""
	}
	return "  " + name
}

// problemPrinter prints the problems of a gateway's clients. It prints the same problem once a minute at most.
type problemPrinter struct {
	t *terminal

	mu      sync.Mutex
	printed map[string]time.Time // by client and text
}

func (p *problemPrinter) print(client string, problem error) {
	const again, most = time.Minute, 100
	m := words.Of(problem)
	p.mu.Lock()
	defer p.mu.Unlock()
	if time.Since(p.printed[client+m.What]) < again {
		return
	}
	if len(p.printed) > most {
		clear(p.printed)
	}
	p.printed[client+m.What] = time.Now()
	p.t.printErr("cli.gateway.problem", "client", client, "what", indented(m.What), "code", m.Code)
}
