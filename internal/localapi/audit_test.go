package localapi

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"keyfob/internal/access"
	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/localapi/wire"
	"keyfob/storage"
)

// audit asks real servers over real sockets and holds each response against the description. It notes which statuses
// each operation gave, with which codes, and which events.
type audit struct {
	*testing.T
	api *openAPI

	mu       sync.Mutex
	statuses map[string]map[string]bool // by operation
	codes    map[string]map[string]bool // by status
	events   map[string]map[string]bool // by operation
}

func newAudit(t *testing.T) *audit {
	return &audit{T: t, api: readAPI(t), statuses: map[string]map[string]bool{}, codes: map[string]map[string]bool{},
		events: map[string]map[string]bool{}}
}

// each calls f for every operation, with a path that can be asked.
func (a *audit) each(f func(method, path string, o operation)) {
	for path, operations := range a.api.Paths {
		path = strings.NewReplacer("{id}", "rhythm", "{request}", "1").Replace(path)
		for method, o := range operations {
			f(strings.ToUpper(method), path, o)
		}
	}
}

// bodies are requests as they should be, where "{}" is none.
var bodies = map[string]string{
	"importProfile": profileFile, "answer": `{"answer":"once"}`, "keychain": `{"use":"retry"}`, "token": `{"min_ttl":60}`,
	"signIn": `{"another_account":true}`, "setPolicy": `{"ask_first":true,"always":[]}`, "window": `{"pid":1}`,
	"setSecret": `{"secret":"s3cret","untried":true}`,
}

// ask sends one request and checks the response. It returns the status.
func (a *audit) ask(c *asker, o operation, method, target, body string, header http.Header) string {
	a.Helper()
	req, err := http.NewRequestWithContext(a.Context(), method, "http://keyfob"+target, strings.NewReader(body))
	if err != nil {
		a.Fatal(err)
	}
	maps.Copy(req.Header, header)
	if hosts := header["Host"]; len(hosts) > 0 {
		req.Host = hosts[0]
	}
	if header["Transfer-Encoding"] != nil {
		req.ContentLength, req.Header = -1, http.Header{}
	}
	res, err := c.transport.RoundTrip(req)
	if err != nil {
		a.Fatalf("%s %s: %v", method, target, err)
	}
	defer res.Body.Close()
	return a.answered(o, res)
}

// answered checks a response of the operation.
func (a *audit) answered(o operation, res *http.Response) (status string) {
	a.Helper()
	status = strconv.Itoa(res.StatusCode)
	if _, there := o.Responses[status]; !there {
		a.Errorf("%s: the status %s is not described", o.ID, status)
	}
	described := a.api.response(o, status)
	note(&a.mu, a.statuses, o.ID, status)
	media := res.Header.Get("Content-Type")
	form, there := described.Content[media]
	switch {
	case len(described.Content) == 0:
		if body, _ := io.ReadAll(res.Body); media != "" || len(body) > 0 {
			a.Errorf("%s %s: the answer %q is not described", o.ID, status, body)
		}
	case !there:
		a.Errorf("%s %s: the type %q is not described", o.ID, status, media)
	case form.Events != nil:
		a.stream(o, res.Body, form.Events)
	default:
		body, err := io.ReadAll(res.Body)
		if err != nil {
			a.Fatal(err)
		}
		a.checked(o.ID+" "+status, body, form.Schema)
		if res.StatusCode >= 400 {
			var said wire.Error
			_ = json.Unmarshal(body, &said)
			note(&a.mu, a.codes, status, string(said.Error.Code))
		}
	}
	return status
}

func note(mu *sync.Mutex, notes map[string]map[string]bool, of, what string) {
	mu.Lock()
	defer mu.Unlock()
	if notes[of] == nil {
		notes[of] = map[string]bool{}
	}
	notes[of][what] = true
}

func (a *audit) checked(what string, data []byte, schema object) {
	a.Helper()
	var value any
	if err := json.Unmarshal(data, &value); err != nil {
		a.Errorf("%s: %v in %q", what, err, data)
		return
	}
	for _, wrong := range a.api.check(schema, value, what) {
		a.Error(wrong)
	}
}

// stream reads the events of a stream: one of those that go on, all of the others.
func (a *audit) stream(o operation, from io.Reader, described map[string]object) {
	a.Helper()
	events := newEventReader(from)
	for {
		name, data, err := events.next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			a.Fatal(err)
		}
		if described[name] == nil {
			a.Errorf("%s: the event %q is not described", o.ID, name)
			continue
		}
		note(&a.mu, a.events, o.ID, name)
		a.checked(o.ID+" "+name, data, described[name])
		if name == wire.EventSnapshot {
			return
		}
	}
}

// TestEveryAnswerIsAsDescribed drives each operation to each of its responses, and to no other.
func TestEveryAnswerIsAsDescribed(t *testing.T) {
	a := newAudit(t)
	for _, keeper := range []*fakeKeeper{plainKeeper(), richKeeper()} {
		a.successes(keeper)
	}
	a.failures()
	a.misfits()
	a.badBodies()
	a.slowBodies()
	a.peculiar()

	a.each(func(_, _ string, o operation) {
		wantSame(t, "statuses of "+o.ID, keys(o.Responses), a.statuses[o.ID])
		for _, r := range o.Responses {
			if events := r.Content["text/event-stream"].Events; events != nil {
				wantSame(t, "events of "+o.ID, keys(events), a.events[o.ID])
			}
		}
	})
	for code := range constants(t, "../fault/fault.go", "Code") {
		note(&a.mu, a.codes, strconv.Itoa(statusOf(fault.Code(code))), code)
	}
	for name, r := range a.api.Components.Responses {
		status := a.statusNamed(name)
		wantSame(t, "codes of "+status, set(r.Codes), a.codes[status])
	}
}

// statusNamed is the status under which operations refer to a response of the components.
func (a *audit) statusNamed(name string) (status string) {
	a.Helper()
	a.each(func(_, _ string, o operation) {
		for s, r := range o.Responses {
			if r.Ref == "#/components/responses/"+name {
				if status != "" && status != s {
					a.Errorf("%s stands for %s and for %s", name, status, s)
				}
				status = s
			}
		}
	})
	return status
}

func keys[V any](m map[string]V) map[string]bool { return set(slices.Collect(maps.Keys(m))) }

func set(names []string) map[string]bool {
	m := map[string]bool{}
	for _, name := range names {
		m[name] = true
	}
	return m
}

// able are the options of an agent that can do everything.
func able(k *fakeKeeper) Options {
	begin := func(context.Context) error { return k.err }
	return Options{Keeper: k, Agent: k.snapshot.Agent, StartDemo: begin, ForgetKeychain: begin, Stop: func() {}}
}

func (a *audit) successes(k *fakeKeeper) {
	c := serve(a, able(k))
	snapshots, err := c.Watch(a.Context(), wire.ClientWindow) // some of it only the window may do
	if err != nil {
		a.Fatal(err)
	}
	<-snapshots
	a.each(func(method, path string, o operation) {
		if status := a.ask(c, o, method, path, bodies[o.ID], nil); status[0] != '2' {
			a.Errorf("%s: %s", o.ID, status)
		}
	})
}

// failures has the Keeper fail in every way that there is.
func (a *audit) failures() {
	ways := []error{context.DeadlineExceeded, context.Canceled}
	for code := range constants(a.T, "../fault/fault.go", "Code") {
		ways = append(ways, fault.New(fault.Code(code), "host", "a.example").Because(io.EOF))
	}
	for _, err := range ways {
		k := plainKeeper()
		k.err = err
		if fault.CodeOf(err) == fault.NoAgent ||
			errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
			k.unknown = err // while the Keeper ends, or reads for too long
		}
		path := socketPath(a)
		c, stop := serveAt(a, path, able(k))
		a.each(func(method, path string, o operation) { a.ask(c, o, method, path, bodies[o.ID], nil) })
		if fault.CodeOf(err) == fault.SignInDenied { // a sign-in that fails when the browser is open
			k.signIn = func(_ context.Context, open func(account.Attempt) error) error {
				return errors.Join(open(attempt), err)
			}
			o := a.api.Paths["/v1/profiles/{id}/sign-in"]["post"]
			a.ask(c, o, "POST", "/v1/profiles/rhythm/sign-in", "", nil)
		}
		stop()
	}
}

// misfits are requests that are refused, whatever they ask for.
func (a *audit) misfits() {
	k := plainKeeper()
	c := serve(a, able(k))
	a.each(func(method, path string, o operation) {
		for want, header := range map[string]http.Header{
			"403": {"Origin": {"null"}}, "421": {"Host": {"localhost"}}, "411": {"Transfer-Encoding": {"chunked"}},
		} {
			if status := a.ask(c, o, method, path, "{}", header); status != want {
				a.Errorf("%s with %v: %s", o.ID, header, status)
			}
		}
		for _, p := range o.Parameters {
			if p.Name == "id" {
				a.bad(c, o, method, strings.Replace(path, "rhythm", "%1b", 1))
				a.bad(c, o, method, strings.Replace(path, "rhythm", strings.Repeat("x", int(p.Schema["maxLength"].(float64))+1), 1))
			}
			if p.Name == "client" {
				a.bad(c, o, method, path+"?client=spy")
			}
		}
	})
	if asked := k.asked(); len(asked) > 0 {
		a.Errorf("the keeper was asked %q", asked)
	}
}

func (a *audit) bad(c *asker, o operation, method, target string) {
	a.Helper()
	if status := a.ask(c, o, method, target, "", nil); status != "400" {
		a.Errorf("%s: %s", target, status)
	}
}

// badBodies are not what they should be: too large by a byte, no JSON, or with a member that nobody knows.
func (a *audit) badBodies() {
	k := plainKeeper()
	c := serve(a, able(k))
	a.each(func(method, path string, o operation) {
		if o.RequestBody == nil {
			return
		}
		most := strings.Repeat(" ", o.RequestBody.MaxBytes)
		sent := map[string]string{"{": "400", "[]": "400", `{"surprise":1}`: "400", most: "400", most + " ": "413"}
		if o.RequestBody.Required {
			sent[""] = "400"
		}
		for body, want := range sent {
			if status := a.ask(c, o, method, path, body, nil); status != want {
				a.Errorf("%s with %.20q of %d bytes: %s, want %s", o.ID, body, len(body), status, want)
			}
		}
		var good any
		if err := json.Unmarshal([]byte(bodies[o.ID]), &good); err != nil {
			a.Fatal(err)
		}
		for _, wrong := range a.api.check(o.RequestBody.Content["application/json"].Schema, good, o.ID) {
			a.Error(wrong)
		}
	})
	if asked := slices.Compact(k.asked()); !slices.Equal(asked, []string{"profile rhythm"}) { // whether it is there
		a.Errorf("the keeper was asked %q", asked)
	}
}

// slowBodies come half, and no more.
func (a *audit) slowBodies() {
	c := serve(a, able(plainKeeper()))
	var all sync.WaitGroup
	a.each(func(method, path string, o operation) {
		if o.RequestBody == nil {
			return
		}
		conn := connect(a, c.path)
		fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: keyfob\r\nContent-Length: 10\r\n\r\n{", method, path)
		all.Go(func() {
			res, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				a.Errorf("%s: %v", o.ID, err)
				return
			}
			defer res.Body.Close()
			a.answered(o, res)
		})
	})
	all.Wait()
}

// peculiar are the responses that only one operation has, or only one kind of agent.
func (a *audit) peculiar() {
	api := a.api.Paths
	home := a.TempDir()
	if err := os.WriteFile(filepath.Join(home, "file"), nil, 0o600); err != nil {
		a.Fatal(err)
	}
	asked := make(chan struct{}, 1)
	w := access.New(access.Options{ // on a disk that takes nothing
		Policies: storage.NewFiles(filepath.Join(home, "file", "access"), ".json"), Ledger: filepath.Join(home, "l.json"),
		ShowWindow: func() error { asked <- struct{}{}; return nil }, Changed: func([]account.Request, []string) {},
		Log: slog.New(slog.DiscardHandler),
	})
	s := newServer(a, Options{Keeper: plainKeeper(), Access: w, Agent: account.Agent{Kind: account.Headless}})
	c, stop := serveServer(a, socketPath(a), s)
	defer stop()
	a.ask(c, api["/v1/demo"]["post"], "POST", "/v1/demo", "", nil)
	a.ask(c, api["/v1/keychain"]["delete"], "DELETE", "/v1/keychain", "", nil)
	a.ask(c, api["/v1/requests/{request}"]["post"], "POST", "/v1/requests/1", `{"answer":"always"}`, nil) // from no window
	a.ask(c, api["/v1/profiles/{id}/access"]["put"], "PUT", "/v1/profiles/rhythm/access", `{"ask_first":true}`, nil)

	admitted := make(chan error, 1)
	who := account.Program{Name: "curl", Path: "/usr/bin/curl"}
	gladly := func(context.Context) error { return nil }
	go func() { admitted <- w.Admit(a.Context(), "rhythm", who, gladly) }()
	<-asked
	snapshots, err := c.Watch(a.Context(), wire.ClientWindow)
	if err != nil {
		a.Fatal(err)
	}
	<-snapshots
	a.ask(c, api["/v1/requests/{request}"]["post"], "POST", "/v1/requests/1", `{"answer":"always"}`, nil)
	if err := <-admitted; err != nil {
		a.Error(err)
	}
	for len(s.ourStreams) < cap(s.ourStreams) {
		s.ourStreams <- struct{}{}
	}
	a.ask(c, api["/v1/watch"]["get"], "GET", "/v1/watch", "", nil)
	a.elsewhere(c)
}

// elsewhere is what is not described, and is refused in the same form.
func (a *audit) elsewhere(c *asker) {
	o := a.api.Paths["/v1/profiles/{id}"]["get"]
	a.ask(c, o, "GET", "/v1/profiles/rhythm/secrets", "", nil)
	for path, operations := range a.api.Paths {
		path = strings.NewReplacer("{id}", "rhythm", "{request}", "1").Replace(path)
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} {
			if _, described := operations[strings.ToLower(method)]; described {
				continue
			}
			req, err := http.NewRequestWithContext(a.Context(), method, "http://keyfob"+path, nil)
			if err != nil {
				a.Fatal(err)
			}
			res, err := c.transport.RoundTrip(req)
			if err != nil {
				a.Fatal(err)
			}
			body, _ := io.ReadAll(res.Body)
			res.Body.Close()
			if res.StatusCode != http.StatusMethodNotAllowed || res.Header.Get("Allow") == "" {
				a.Errorf("%s %s: %s", method, path, res.Status)
			}
			if method != "HEAD" {
				a.checked(method+" "+path, body, object{"$ref": "#/components/schemas/Error"})
			}
		}
	}
}

// plainKeeper leaves out all that may be left out.
func plainKeeper() *fakeKeeper {
	k := newFakeKeeper()
	k.snapshot = account.Snapshot{
		Keychain: account.Keychain{State: account.KeychainReady}, Accounts: []account.Account{},
		Agent: account.Agent{Kind: account.Headless},
	}
	k.access.Scope, k.access.Expiry, k.report = "", time.Time{}, account.SignOutReport{}
	return k
}

var servesHere = account.Agent{
	Version: "v1.2.3", PID: 4711, Kind: account.Desktop, Started: inAnHour, Log: "/l", Tray: true, Demo: true,
}

// richKeeper leaves out nothing.
func richKeeper() *fakeKeeper {
	k := newFakeKeeper()
	problem := fault.New(fault.ShortLived).WithUntil(inAnHour).Because(io.EOF)
	who := account.Program{Name: "python3", Path: "/usr/bin/python3", PID: 7, ByKeyfob: true}
	k.snapshot = account.Snapshot{
		Seq: 1, Raise: 2, Keychain: account.Keychain{State: account.KeychainUnusable, Problem: problem},
		Agent:    servesHere,
		Requests: []account.Request{{ID: "1", Account: "rhythm", Program: who, Started: inAnHour, Expires: inAnHour}},
	}
	for _, status := range account.Statuses {
		k.snapshot.Accounts = append(k.snapshot.Accounts, account.Account{
			ID: string(status), Name: "Rhythm", Issuer: "https://login.example/", Host: "login.example", Demo: true,
			Support: []string{"help@rhythm.example"}, Status: status, Until: inAnHour, RenewsBy: inAnHour,
			Renews: true, Saved: true,
			Who:     &account.Person{Subject: "1", Name: "Jane Doe", Email: "jane@rhythm.example", Organization: "Rhythm"},
			Problem: problem, Notices: []*fault.Error{problem}, AskFirst: true, Attempt: &attempt,
			Actions: []account.Action{account.ActSignIn, account.ActForgetToken},
			Machine: &account.Machine{Secret: true, Lifetime: 3600, Meter: account.Meter{Limit: 1000, Resets: inAnHour},
				Quotas: []account.Quota{{Name: "per_day", Size: 10, Left: 1, Resets: inAnHour}}},
		})
	}
	k.access.Note = problem
	k.report = account.SignOutReport{Revoked: true, NoRevoke: true, Deleted: true, Problem: problem, ValidUntil: inAnHour}
	k.signIn = func(_ context.Context, open func(account.Attempt) error) error { return open(attempt) }
	return k
}
