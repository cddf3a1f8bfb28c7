//go:build linux

package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"keyfob/e2e/stage"
	"keyfob/internal/account"
	localapi "keyfob/internal/localapi/client"
	"keyfob/storage"
)

// What more accounts may cost: the agent with 1,000 signed in to the one with 1.
const (
	mostStart      = 1.5                   // times as long until it answers
	mostFirstToken = 2                     // times as long until it has handed out a token: the keychain's part grows
	mostBytes      = 15 << 10              // bytes a profile
	mostIdle       = 20 * time.Millisecond // two ticks more of CPU in an idle minute
	mostHandOut    = 1.25                  // times as long for a token that is there
)

// benchMany measures what accounts cost that nobody uses: agents with 1, 10, 100 and 1,000 of them signed in, each
// on a desktop of its own with a real keychain, in turns or, for the idle minute, at the same time.
func benchMany(b *testing.B, t *table) {
	const starts, handOuts, calm, idle = 9, 300, 12 * time.Second, time.Minute
	var all crowds
	for _, accounts := range []int{1, 10, 100, 1000} {
		all = append(all, newCrowdDesk(b, accounts))
	}
	all.fill(b, startCalmProvider(b))
	for range starts {
		for _, c := range all {
			c.start()
			c.stop()
		}
	}
	for _, c := range all {
		c.start()
		c.settle()
		c.handOutAll()
	}
	rest(all[0].ctx, calm) // until what they began is done, and the memory that it took given back
	all.idle(idle)
	for range handOuts {
		for _, c := range all {
			c.handOut()
		}
	}
	all.report(b, t)
}

// crowdDesk is one desktop whose agent has many accounts.
type crowdDesk struct {
	*desk
	accounts int
	client   *localapi.Client
	agent    *stage.Process

	begun           time.Time       // the last start
	answers, tokens []time.Duration // from the start to the first answer, and to the first token
	lists           []time.Duration // from the start until all accounts are listed
	settled         time.Duration   // from the start until it is known who is signed in
	memory          int64           // bytes, at rest
	cpu             time.Duration   // in the idle minute
	handOuts        []time.Duration
}

// newCrowdDesk is open for longer than other desks.
func newCrowdDesk(b *testing.B, accounts int) *crowdDesk {
	b.Helper()
	programs(b)
	ctx, cancel := context.WithTimeout(b.Context(), 10*time.Minute)
	b.Cleanup(cancel)
	o := stage.Options{NoDisplay: true, Bin: folder("KEYFOB_BIN", "build/bin")}
	s := must(stage.Open(ctx, o))(b)
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	client := s.Agent()
	b.Cleanup(client.Close)
	return &crowdDesk{desk: &desk{TB: b, Stage: s, ctx: ctx}, accounts: accounts, client: client}
}

func (c *crowdDesk) id(i int) string { return fmt.Sprintf("account-%d", i) }

// fill stores profiles and sessions, a few at a time. The sessions are written as Keyfob writes them: were they not, no
// account would be signed in.
func (c *crowdDesk) fill(issuer string) error {
	folder := c.Path("home/.config/keyfob/profiles")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	// The child finds this desktop's keychain, not ours.
	bus := "DBUS_SESSION_BUS_ADDRESS=unix:path=" + c.Path("run/bus")
	keychain := storage.NewKeychain([]string{"/usr/bin/env", bus, filepath.Join(c.Bin, "keyfob"), storage.ChildArg})
	defer keychain.Close()
	return inParallel(4, c.accounts, func(i int) error {
		id := c.id(i)
		profile := fmt.Sprintf(`{"keyfob_profile": 1, "id": %q, "client_name": "Acme %d", "issuer": %q, "client_id": %q}`,
			id, i, issuer, stage.ClientID)
		session := fmt.Sprintf(`{"v":1,"issuer":%q,"token_endpoint":"%s/token","client_id":%q,"refresh_token":"rt-%s-%s",`+
			`"sub":"auth0|%d","name":"Jane Doe","email":"jane@acme.example","scope":"openid profile email offline_access",`+
			`"saved_at":"2026-01-01T00:00:00Z"}`, issuer, issuer, stage.ClientID, id, strings.Repeat("x", 60), i)
		written := os.WriteFile(filepath.Join(folder, id+".json"), []byte(profile), 0o600)
		return errors.Join(written, keychain.Save(c.ctx, "session/"+id, []byte(session)))
	})
}

// inParallel does something for each number below n, so many at a time.
func inParallel(at, n int, do func(i int) error) error {
	numbers, errs := make(chan int), make(chan error, n)
	var workers sync.WaitGroup
	for range at {
		workers.Go(func() {
			for i := range numbers {
				errs <- do(i)
			}
		})
	}
	for i := range n {
		numbers <- i
	}
	close(numbers)
	workers.Wait()
	close(errs)
	var all []error
	for err := range errs {
		all = append(all, err)
	}
	return errors.Join(all...)
}

// start starts the agent as the desktop's programs do, and has it hand out one token.
func (c *crowdDesk) start() {
	c.Helper()
	c.begun = time.Now()
	c.agent = must(c.Start(c.ctx, filepath.Join(c.Bin, "keyfob-desktop"), "--agent"))(c)
	for {
		_, err := c.client.Version(c.ctx)
		if err == nil {
			break
		}
		if c.agent.ExitCode() >= 0 || c.ctx.Err() != nil {
			c.Fatal(err, c.agent.Output())
		}
		rest(c.ctx, 200*time.Microsecond)
	}
	c.answers = append(c.answers, time.Since(c.begun))
	must(c.client.Token(c.ctx, c.id(c.accounts/2), 0))(c)
	c.tokens = append(c.tokens, time.Since(c.begun))
	must(c.client.Status(c.ctx))(c)
	c.lists = append(c.lists, time.Since(c.begun))
}

func (c *crowdDesk) stop() {
	c.Helper()
	if err := errors.Join(c.client.Stop(c.ctx), c.agent.Wait(c.ctx)); err != nil {
		c.Fatal(err, c.agent.Output())
	}
}

// settle waits until it is known of all accounts who is signed in: somebody is in each.
func (c *crowdDesk) settle() {
	c.Helper()
	err := c.WaitSnapshot(c.ctx, func(s account.Snapshot) bool {
		for _, a := range s.Accounts {
			if !a.Status.HasSession() && a.Status != account.Loading {
				c.Fatalf("%s is %s: %v", a.ID, a.Status, a.Problem)
			}
			if a.Status == account.Loading {
				return false
			}
		}
		return len(s.Accounts) == c.accounts
	})
	if err != nil {
		c.Fatal(err)
	}
	c.settled = time.Since(c.begun)
}

// handOutAll has every account get its token, which then lasts a day, and hangs up.
func (c *crowdDesk) handOutAll() {
	c.Helper()
	err := inParallel(4, c.accounts, func(i int) error {
		_, err := c.client.Token(c.ctx, c.id(i), 0)
		return err
	})
	if err != nil {
		c.Fatal(err)
	}
	c.client.Close()
}

func (c *crowdDesk) handOut() {
	c.Helper()
	begin := time.Now()
	must(c.client.Token(c.ctx, c.id(c.accounts/2), 0))(c)
	c.handOuts = append(c.handOuts, time.Since(begin))
}

// crowds are the desktops, from the one with fewest accounts to the one with most.
type crowds []*crowdDesk

func (all crowds) fill(b *testing.B, issuer string) {
	b.Helper()
	if err := inParallel(len(all), len(all), func(i int) error { return all[i].fill(issuer) }); err != nil {
		b.Fatal(err)
	}
}

// idle looks what all agents take while nothing happens.
func (all crowds) idle(long time.Duration) {
	for _, c := range all {
		c.cpu = -must(stage.CPUTime(c.agent.PID()))(c)
	}
	rest(all[0].ctx, long)
	for _, c := range all {
		c.cpu += must(stage.CPUTime(c.agent.PID()))(c)
		c.memory = must(stage.PrivateMemory(c.agent.PID()))(c)
	}
}

func (all crowds) report(b *testing.B, t *table) {
	few, many := all[0], all[len(all)-1]
	each := float64(many.memory-few.memory) / float64(many.accounts-few.accounts)
	more := many.cpu - few.cpu

	all.ratio(b, t, "start", "start to first answer", mostStart,
		func(c *crowdDesk) time.Duration { return median(c.answers) })
	all.ratio(b, t, "first-token", "start to first token", mostFirstToken,
		func(c *crowdDesk) time.Duration { return median(c.tokens) })
	all.ratio(b, t, "hand-out", "hand-out of a token", mostHandOut,
		func(c *crowdDesk) time.Duration { return median(c.handOuts) })
	t.add(all.title("start until all are listed"),
		all.say("%.3g ms", func(c *crowdDesk) float64 { return ms(median(c.lists)) }), "")
	t.add(all.title("start until all is known"),
		all.say("%.0f ms", func(c *crowdDesk) float64 { return ms(c.settled) }), "")

	b.ReportMetric(each, "B/profile")
	memory := all.say("%.1f MB", func(c *crowdDesk) float64 { return float64(c.memory) / 1e6 })
	t.hold(b, all.title("private memory"), fmt.Sprintf("%.1f KB a profile (%s)", each/1024, memory),
		"at most 15 KB a profile", each <= mostBytes)
	b.ReportMetric(ms(more), "ms-CPU-more")
	t.hold(b, all.title("CPU over a minute idle"), all.say("%.1f ms", func(c *crowdDesk) float64 { return ms(c.cpu) }),
		"at most two ticks (20 ms) more", more <= mostIdle)
}

// ratio holds what the agent with most accounts takes against what the one with fewest does.
func (all crowds) ratio(
	b *testing.B, t *table, unit, what string, limit float64, took func(*crowdDesk) time.Duration,
) {
	ratio := float64(took(all[len(all)-1])) / float64(took(all[0]))
	b.ReportMetric(ratio, unit)
	each := all.say("%.3g ms", func(c *crowdDesk) float64 { return ms(took(c)) })
	t.hold(b, all.title(what), fmt.Sprintf("%.2f (%s)", ratio, each), fmt.Sprintf("at most %.2f", limit), ratio <= limit)
}

// title says what is measured, and for how many accounts.
func (all crowds) title(what string) string {
	return fmt.Sprintf("%s, %d to %d accounts", what, all[0].accounts, all[len(all)-1].accounts)
}

// say tells a number of each desktop; only the last has its unit.
func (all crowds) say(format string, number func(*crowdDesk) float64) string {
	digits, unit, _ := strings.Cut(format, " ")
	var s strings.Builder
	for i, c := range all {
		if i > 0 {
			s.WriteString(", ")
		}
		fmt.Fprintf(&s, digits, number(c))
	}
	return s.String() + " " + unit
}

// startCalmProvider starts a provider that answers a refresh at once, with a token that lasts a day, and keeps the
// refresh token as it is: what a provider does is not measured. It returns its issuer.
func startCalmProvider(b *testing.B) (issuer string) {
	b.Helper()
	routes := http.NewServeMux()
	s := httptest.NewServer(routes)
	b.Cleanup(s.Close)
	for route, answer := range map[string]map[string]any{
		"GET /.well-known/openid-configuration": {
			"issuer": s.URL, "authorization_endpoint": s.URL + "/authorize", "token_endpoint": s.URL + "/token",
			"jwks_uri": s.URL + "/keys",
		},
		"GET /keys": {"keys": []map[string]string{{ // RFC 7517, appendix A.1
			"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": "1",
			"x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4", "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
		}}},
		"POST /token": {"access_token": strings.Repeat("a", 600), "token_type": "Bearer", "expires_in": 24 * 60 * 60},
	} {
		routes.HandleFunc(route, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(answer) // who asked may have gone
		})
	}
	return s.URL
}
