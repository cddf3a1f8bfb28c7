package localapi

import (
	"context"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/localapi/wire"
	"keyfob/internal/secret"
)

func TestEveryRouteThroughTheClient(t *testing.T) {
	k := newFakeKeeper()
	var demo, forgotten atomic.Int32
	stopped := make(chan struct{}, 2)
	c := serve(t, Options{
		Keeper:    k,
		Agent:     account.Agent{Version: "v1.2.3", PID: 7, Kind: account.Desktop},
		StartDemo: func(context.Context) error { demo.Add(1); return nil },

		ForgetKeychain: func(context.Context) error { forgotten.Add(1); return nil },

		Stop: func() { stopped <- struct{}{} },
	})
	ctx := t.Context()
	noErr := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	wantAsked := func(want ...string) {
		t.Helper()
		if got := k.asked(); !slices.Equal(got, want) {
			t.Errorf("the keeper was asked %q, want %q", got, want)
		}
	}

	who, err := c.Version(ctx)
	noErr(err)
	if who.Version != "v1.2.3" || who.PID != 7 || who.Kind != account.Desktop || !who.Tray {
		t.Errorf("version: %+v", who)
	}

	snapshot, err := c.Status(ctx)
	noErr(err)
	if snapshot.Seq != 1 {
		t.Errorf("status: %+v", snapshot)
	}

	p, err := c.Profile(ctx, "rhythm")
	noErr(err)
	if p.ClientID != "abc" {
		t.Errorf("profile: %+v", p)
	}
	wantAsked("profile rhythm")

	noErr(c.Import(ctx, []byte(profileFile), false))
	noErr(c.Import(ctx, []byte(profileFile), true))
	wantAsked("import rhythm false", "import rhythm true")

	report, err := c.Remove(ctx, "rhythm")
	noErr(err)
	if report != k.report {
		t.Errorf("remove: %+v", report)
	}
	wantAsked("remove rhythm")

	for _, want := range []struct{ ask, get time.Duration }{
		{0, 0}, {time.Minute, time.Minute}, {1500 * time.Millisecond, 2 * time.Second},
	} {
		access, err := c.Token(ctx, "rhythm", want.ask)
		noErr(err)
		if !access.Token.Equal(k.access.Token) || access.Type != "Bearer" || access.Scope != "a b" ||
			!access.Expiry.Equal(inAnHour) {
			t.Errorf("token: %+v", access)
		}
		wantAsked("token rhythm " + want.get.String())
	}

	noErr(c.SignIn(ctx, "rhythm", true, nil))
	noErr(c.Cancel(ctx, "rhythm"))
	wantAsked("sign-in rhythm true", "cancel rhythm")

	report, err = c.SignOut(ctx, "rhythm")
	noErr(err)
	if !report.Revoked || !report.Deleted {
		t.Errorf("sign-out: %+v", report)
	}
	page, err := c.BrowserLogout(ctx, "rhythm")
	noErr(err)
	if page != "https://login.example/logout?client_id=abc" {
		t.Errorf("browser logout: %q", page)
	}
	noErr(c.UseMemoryOnly(ctx))
	noErr(c.RetryKeychain(ctx))
	wantAsked("sign-out rhythm", "browser-logout rhythm", "memory", "retry")

	noErr(c.StartDemo(ctx))
	noErr(c.ForgetKeychain(ctx))
	noErr(c.Stop(ctx))
	<-stopped
	if demo.Load() != 1 || forgotten.Load() != 1 {
		t.Errorf("demo was started %d times, the keychain forgotten %d times", demo.Load(), forgotten.Load())
	}
}

func TestStopIsAnsweredAndThenObeyed(t *testing.T) {
	path := socketPath(t)
	l := listen(t, path)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	k := newFakeKeeper()
	server := newServer(t, Options{Keeper: k, Stop: cancel})
	go func() { ended <- server.Serve(ctx, l) }()
	c := newAsker(path)
	defer c.Close()
	snapshots, err := c.Watch(t.Context(), wire.ClientTray) // nothing of this may hold up the end
	if err != nil {
		t.Fatal(err)
	}
	connect(t, path)
	began := time.Now()
	if err := c.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took >= stopLimit {
		t.Errorf("the end took %s", took)
	}
	for range snapshots {
	}
	wantCode(t, c.Stop(t.Context()), fault.NoAgent)
}

func TestFaultsCrossTheSocketAsTheyAre(t *testing.T) {
	k := newFakeKeeper()
	k.err = fault.New(fault.ProfileUnknown, "id", "rythm", "nearest", "rhythm").Because(errors.New("not there"))
	c := serve(t, Options{Keeper: k})
	ctx := t.Context()

	_, profileErr := c.Profile(ctx, "rythm")
	_, removeErr := c.Remove(ctx, "rythm")
	_, tokenErr := c.Token(ctx, "rythm", 0)
	_, signOutErr := c.SignOut(ctx, "rythm")
	for name, err := range map[string]error{
		"profile": profileErr, "remove": removeErr, "token": tokenErr, "sign-out": signOutErr,
		"import": c.Import(ctx, []byte(profileFile), false), "cancel": c.Cancel(ctx, "rythm"),
		"sign-in": c.SignIn(ctx, "rythm", false, nil), "memory": c.UseMemoryOnly(ctx), "retry": c.RetryKeychain(ctx),
	} {
		var got *fault.Error
		if !errors.As(err, &got) || got.Code != fault.ProfileUnknown || got.Args["nearest"] != "rhythm" ||
			got.Detail != "not there" {
			t.Errorf("%s: %v", name, err)
		}
	}
	wantCode(t, c.StartDemo(ctx), fault.DemoNeedsDesktop)
	wantCode(t, c.Import(ctx, []byte("{"), false), fault.BadProfile)
}

// TestEveryFaultHasAStatus reads the list of codes from its source, so that a new one is not forgotten.
func TestEveryFaultHasAStatus(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../fault/fault.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		if lit, ok := spec.Values[0].(*ast.BasicLit); ok && lit.Kind == token.STRING {
			code, _ := strconv.Unquote(lit.Value)
			count++
			if status := statusOf(fault.Code(code)); status < 400 || http.StatusText(status) == "" {
				t.Errorf("%s has status %d", code, status)
			}
		}
		return true
	})
	if count < 50 {
		t.Errorf("found %d codes: is the list somewhere else now?", count)
	}
}

func TestAnswersToErrors(t *testing.T) {
	for _, c := range []struct {
		err    error
		status int
		code   fault.Code
	}{
		{fault.New(fault.SignInRequired), 401, fault.SignInRequired},
		{fault.New(fault.KeychainLocked), 423, fault.KeychainLocked},
		{fault.New(fault.Offline).Because(context.DeadlineExceeded), 502, fault.Offline},
		{fault.New("from-the-future"), 500, "from-the-future"},
		{badRequest(fault.UsageClient), 400, fault.BadUsage},
		{context.DeadlineExceeded, 504, fault.AgentFailed},
		{context.Canceled, 503, fault.AgentFailed},
		{io.EOF, 500, fault.Internal},
	} {
		if status, said := responseTo(c.err); status != c.status || said.Code != c.code {
			t.Errorf("%v: %d %s, want %d %s", c.err, status, said.Code, c.status, c.code)
		}
	}
}

// request runs one request by hand, through everything but the socket.
func request(t *testing.T, s *Server, method, target, body string, header http.Header) *http.Response {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	for name, values := range header {
		r.Header[name] = values
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w.Result()
}

func TestA55RequestsFromWebPagesAreRefused(t *testing.T) {
	k := newFakeKeeper()
	s := newServer(t, Options{Keeper: k})
	for _, header := range []http.Header{
		{"Origin": {"https://evil.example"}}, {"Origin": {"null"}}, {"Origin": {""}}, {"Origin": nil},
		{"Referer": {"https://evil.example/page"}}, {"Referer": {""}},
	} {
		for _, r := range s.routes() {
			target := "http://keyfob" + strings.ReplaceAll(r.path, "{id}", "rhythm")
			res := request(t, s, r.method, target, "", header)
			if res.StatusCode != http.StatusForbidden {
				t.Errorf("%s %s with %v: %d", r.method, r.path, header, res.StatusCode)
			}
			if res.Header.Get("Access-Control-Allow-Origin") != "" {
				t.Error("a CORS header")
			}
		}
	}
	if asked := k.asked(); len(asked) > 0 {
		t.Errorf("the keeper was asked %q", asked)
	}
}

func TestHostMustBeKeyfob(t *testing.T) {
	s := newServer(t, Options{Keeper: newFakeKeeper()})
	for host, want := range map[string]int{
		"keyfob": 200, "keyfob.": 421, "keyfob:80": 421, "localhost": 421, "127.0.0.1": 421, "0.0.0.0": 421,
		"evil.example": 421,
	} {
		if got := request(t, s, "GET", "http://"+host+"/v1/status", "", nil).StatusCode; got != want {
			t.Errorf("host %q: %d, want %d", host, got, want)
		}
	}
}

func TestBadRequestsGetTypedAnswers(t *testing.T) {
	k := newFakeKeeper()
	s := newServer(t, Options{Keeper: k})
	long := strings.Repeat("x", 5000)
	for _, c := range []struct {
		method, path, body string
		want               int
	}{
		{"GET", "/", "", 404},
		{"GET", "/v2/status", "", 404},
		{"GET", "/v1/profiles/a/b", "", 404},
		{"POST", "/v1/status", "", 405},
		{"PUT", "/v1/profiles/rhythm", "", 405},
		{"GET", "/v1/profiles/rhythm/token", "", 405},
		{"OPTIONS", "/v1/profiles/rhythm/token", "", 405},
		{"POST", "/v1/profiles/rhythm/token", "{", 400},
		{"POST", "/v1/profiles/rhythm/token", "[]", 400},
		{"POST", "/v1/profiles/rhythm/token", `{"min_ttl":60}{}`, 400},
		{"POST", "/v1/profiles/rhythm/token", `{"min_ttl":60,"min_ttl":60}`, 400},
		{"POST", "/v1/profiles/rhythm/token", `{"Min_TTL":60}`, 400},
		{"POST", "/v1/profiles/rhythm/token", `{"scope":"admin"}`, 400}, // A54: nothing beyond the profile
		{"POST", "/v1/profiles/rhythm/token", `{"min_ttl":"60"}`, 400},
		{"POST", "/v1/profiles/rhythm/token", `{"min_ttl":-1}`, 400},
		{"POST", "/v1/profiles/rhythm/token", `{"min_ttl":86401}`, 400},
		{"POST", "/v1/profiles/rhythm/token", `{"min_ttl":9223372036854775808}`, 400},
		{"POST", "/v1/profiles/rhythm/token", long, 413},
		{"POST", "/v1/profiles/%1b%5b2J/token", "", 400},
		{"POST", "/v1/profiles/a%0d%0ab/token", "", 400},
		{"POST", "/v1/profiles/%E2%80%AEa/token", "", 400},
		{"POST", "/v1/profiles/" + long[:65] + "/token", "", 400},
		{"POST", "/v1/profiles", strings.Repeat(" ", profileBytes+1), 413},
		{"POST", "/v1/profiles", "", 400},
		{"POST", "/v1/keychain", `{"use":"plain"}`, 400},
		{"POST", "/v1/keychain", "", 400},
		{"GET", "/v1/watch?client=spy", "", 400},
	} {
		res := request(t, s, c.method, "http://keyfob"+c.path, c.body, nil)
		var said wire.Error
		body, _ := io.ReadAll(res.Body)
		if err := json.Unmarshal(body, &said); err != nil || said.Error == nil || said.Error.Code == "" {
			t.Errorf("%s %.60s %.40q: the answer %q is not typed", c.method, c.path, c.body, body)
		}
		if res.StatusCode != c.want || res.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %.60s %.40q: %d %v", c.method, c.path, c.body, res.StatusCode, res.Header)
		}
	}
	if asked := k.asked(); len(asked) > 0 {
		t.Errorf("the keeper was asked %q", asked)
	}
}

func TestAnswersAreNotCached(t *testing.T) {
	s := newServer(t, Options{Keeper: newFakeKeeper()})
	res := request(t, s, "POST", "http://keyfob/v1/profiles/rhythm/token", "", nil)
	if got := res.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control: %q", got)
	}
	want := `{"access_token":"at-canary","token_type":"Bearer",` +
		`"expires_at":"` + inAnHour.Format(time.RFC3339) + `","scope":"a b"}`
	if body, _ := io.ReadAll(res.Body); strings.TrimSpace(string(body)) != want {
		t.Errorf("the hand-out is %s, want %s", body, want)
	}
}

// TestA54NothingReachableHoldsARefreshToken: the agent can say only what the methods of Keeper and
// hub give it.
func TestA54NothingReachableHoldsARefreshToken(t *testing.T) {
	seen := map[reflect.Type]bool{}
	secrets := 0
	var look func(typ reflect.Type)
	look = func(typ reflect.Type) {
		if seen[typ] {
			return
		}
		seen[typ] = true
		switch typ.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Chan, reflect.Map:
			look(typ.Elem())
		case reflect.Func:
			for i := range typ.NumIn() {
				look(typ.In(i))
			}
			for i := range typ.NumOut() {
				look(typ.Out(i))
			}
		case reflect.Struct:
			for _, f := range reflect.VisibleFields(typ) {
				name := strings.ToLower(f.Name + " " + f.Tag.Get("json"))
				if strings.Contains(name, "refresh") {
					t.Errorf("%s has %s", typ, f.Name)
				}
				if f.Type == reflect.TypeFor[secret.Text]() {
					secrets++
				}
				look(f.Type)
			}
		}
	}
	for _, asked := range []reflect.Type{reflect.TypeFor[Keeper](), reflect.TypeFor[Hub]()} {
		for i := range asked.NumMethod() {
			look(asked.Method(i).Type)
		}
	}
	for _, typ := range []reflect.Type{
		reflect.TypeFor[wire.Token](), reflect.TypeFor[wire.Window](), reflect.TypeFor[wire.Error](),
	} {
		look(typ)
	}
	if !seen[reflect.TypeFor[account.Snapshot]()] || !seen[reflect.TypeFor[account.Attempt]()] {
		t.Error("the walk missed types that are sent")
	}
	if secrets != 2 {
		t.Errorf("%d secrets can be reached, want the access token only: as the Keeper gives it and as it is sent", secrets)
	}
}

func TestANoteTravelsWithTheToken(t *testing.T) {
	k := newFakeKeeper()
	k.access.Note = fault.New(fault.ShortLived).WithUntil(inAnHour)
	c := serve(t, Options{Keeper: k})
	got, err := c.Token(t.Context(), "rhythm", time.Hour)
	if err != nil || got.Note == nil || got.Note.Code != fault.ShortLived || got.Note.Until.IsZero() {
		t.Fatalf("%+v, %v", got.Note, err)
	}
	if got.Token.Reveal() != "at-canary" || !got.Expiry.Equal(inAnHour) {
		t.Fatalf("%+v", got)
	}
}
