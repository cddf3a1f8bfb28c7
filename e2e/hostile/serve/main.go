// Serve runs the hostile provider by hand: it says what it can do wrong, does one of it, and tells in the end what it
// was asked.
//
//	go run ./e2e/hostile/serve -misbehave token-html
//
// The profile that it writes is for `keyfob import`.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"text/tabwriter"

	"keyfob/e2e/hostile"
)

func main() {
	name := flag.String("misbehave", hostile.None, "what to do wrong: a name from the list")
	profile := flag.String("profile", "hostile.json", "where to write the profile")
	flag.Parse()
	if err := run(*name, *profile); err != nil {
		fmt.Fprintln(os.Stderr, "serve:", err)
		os.Exit(1)
	}
}

func run(name, profile string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	list()
	p, err := hostile.Start(ctx)
	if err != nil {
		return err
	}
	defer p.Close()
	if err := p.Misbehave(name); err != nil {
		return err
	}
	if err := os.WriteFile(profile, p.Profile("hostile"), 0o600); err != nil {
		return err
	}
	fmt.Printf("\n%s does this wrong: %s\nTry: keyfob import %s && keyfob login hostile (Ctrl-C ends it)\n",
		p.Issuer, name, profile)
	<-ctx.Done()
	fmt.Printf("\nasked: %v, lured elsewhere: %d requests\n", p.Counts(), len(p.Lured()))
	return nil
}

// list says what can be done wrong.
func list() {
	t := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	for _, m := range hostile.All() {
		fmt.Fprintf(t, "%s\t%s\t%s\n", m.Name, m.Cases, m.About)
	}
	_ = t.Flush()
}
