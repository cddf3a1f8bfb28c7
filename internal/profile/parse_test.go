package profile

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"keyfob/internal/display"
	"keyfob/internal/fault"
	"keyfob/internal/strictjson"
	"keyfob/internal/words"
)

// full is a file with every field there is.
const full = `{
  "keyfob_profile": 1,
  "id": "acme",
  "client_name": "Acme",
  "client_uri": "https://www.acme.example",
  "logo_uri": "https://www.acme.example/logo-0f343b0931126a20f133d67c2b018a3b0f343b0931126a20f133d67c2b018a3b.png",
  "contacts": ["support@acme.example"],
  "issuer": "https://acme.eu.auth0.com/",
  "authorization_endpoint": "https://acme.eu.auth0.com/authorize",
  "token_endpoint": "https://acme.eu.auth0.com/oauth/token",
  "revocation_endpoint": "https://acme.eu.auth0.com/oauth/revoke",
  "device_authorization_endpoint": "https://acme.eu.auth0.com/oauth/device/code",
  "end_session_endpoint": "https://acme.eu.auth0.com/oidc/logout",
  "jwks_uri": "https://acme.eu.auth0.com/.well-known/jwks.json",
  "userinfo_endpoint": "https://acme.eu.auth0.com/userinfo",
  "client_id": "kJ3vX9bQ2mN7pR5tW8yZ1cF4gH6jL0dS",
  "token_endpoint_auth_method": "none",
  "grant_types": ["authorization_code", "refresh_token"],
  "redirect_uris": ["http://127.0.0.1:17171/callback", "http://[::1]/callback", "http://localhost"],
  "scope": "openid profile email offline_access read:orders",
  "audience": "https://api.acme.example",
  "resource": ["https://api.acme.example/", "urn:acme:orders"],
  "authorization_params": {"organization": "org_aBcD1234", "max_age": "3600"},
  "provider": "auth0",
  "api": {
    "base_urls": ["https://api.acme.example/v1", "https://api.acme.example:8443"],
    "test_url": "https://api.acme.example/v1/me?full=1",
    "default_token_lifetime": 3600
  },
  "monthly_token_limit": 31,
  "max_requests_per_second": 0.5
}
`

// minimal is a file with what is required, and more in it.
func minimal(more string) string {
	s := `{"keyfob_profile": 1, "id": "acme", "client_id": "abc", "issuer": "https://acme.example/"`
	if more != "" {
		s += ", " + more
	}
	return s + "}"
}

func TestEveryFieldComesBack(t *testing.T) {
	p, err := Parse([]byte(full))
	if err != nil {
		t.Fatal(err)
	}
	v := reflect.ValueOf(p)
	for i := range v.NumField() {
		if v.Field(i).IsZero() {
			t.Errorf("%s was not read", v.Type().Field(i).Name)
		}
	}
	back, err := p.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	again, err := Parse(back)
	if err != nil || !reflect.DeepEqual(p, again) {
		t.Fatalf("Parse(Marshal(p)) = %+v, %v\nwant %+v", again, err, p)
	}
	if err := p.Validate(); err != nil {
		t.Fatal(err)
	}
}

func TestEveryFieldHasAnExampleThatIsGood(t *testing.T) {
	fields := reflect.TypeFor[Profile]()
	for i := range fields.NumField() {
		name, _, _ := strings.Cut(fields.Field(i).Tag.Get("json"), ",")
		if example(name) == "" {
			t.Errorf("%s has no example", name)
		}
	}
	for name, value := range examples {
		nested := strings.HasPrefix(name, "api.")
		if name == "domain" || nested {
			continue
		}
		file := `{"keyfob_profile": 1, "id": "acme", "client_id": "abc", "issuer": "https://acme.example/"}`
		file = strings.Replace(file, `"`+name+`": `, `"x": `, 1)
		_, err := Parse([]byte(strings.Replace(file, "{", `{"`+name+`": `+value+", ", 1)))
		if err != nil && !onlyAbout(err, "x") {
			t.Errorf("the example of %s: %v", name, err)
		}
	}
	_, err := Parse([]byte(minimal(`"api": {"base_urls": ` + examples["api.base_urls"] + `, "test_url": ` +
		examples["api.test_url"] + `, "default_token_lifetime": ` + examples["api.default_token_lifetime"] + `}`)))
	if err != nil {
		t.Error(err)
	}
}

func TestDefaultsAreFilledInByMethodsOnly(t *testing.T) {
	p, err := Parse([]byte(minimal("")))
	if err != nil {
		t.Fatal(err)
	}
	if p.Scope != "" || p.RedirectURIs != nil || p.GrantTypes != nil || p.TokenEndpointAuthMethod != "" {
		t.Errorf("Parse filled in defaults: %+v", p)
	}
	for _, c := range []struct{ got, want any }{
		{p.Scopes(), []string{"openid", "profile", "email", "offline_access"}},
		{p.Redirects(), []string{
			"http://127.0.0.1:17171/callback", "http://127.0.0.1:17172/callback", "http://127.0.0.1:17173/callback",
		}},
		{p.Grants(), []string{"authorization_code", "refresh_token"}},
		{p.AuthMethod(), "none"},
		{p.Name(), "acme"},
		{p.Host(), "acme.example"},
	} {
		if !reflect.DeepEqual(c.got, c.want) {
			t.Errorf("got %v, want %v", c.got, c.want)
		}
	}
	machine := Profile{GrantTypes: []string{ClientCredentials}}
	if s := machine.Scopes(); len(s) != 0 {
		t.Errorf("a machine asks for %v", s)
	}
}

func TestResourceIsATextOrAList(t *testing.T) {
	for in, want := range map[string]Texts{
		`"urn:a"`:            {"urn:a"},
		`["urn:a", "urn:b"]`: {"urn:a", "urn:b"},
		`[]`:                 {},
		`null`:               nil,
	} {
		p, err := Parse([]byte(minimal(`"resource": ` + in)))
		if err != nil || !reflect.DeepEqual(p.Resource, want) {
			t.Errorf("%s: %#v, %v", in, p.Resource, err)
		}
	}
	_, err := Parse([]byte(minimal(`"resource": 5`)))
	if !onlyAbout(err, "resource") || !strings.Contains(told(err), "text or a list of texts") {
		t.Error(err)
	}
}

func TestAllProblemsAreToldAtOnce(t *testing.T) {
	_, err := Parse([]byte(`{
		"keyfob_profile": 1, "id": "Acme!", "issuer": "http://acme.example", "isuer": "x", "client_name": 5,
		"redirect_uris": ["http://127.0.0.1/ok", "https://acme.example/cb"], "scope": "a  b",
		"api": {"base_url": []}
	}`))
	var fields []string
	for _, p := range found(err) {
		fields = append(fields, p.Field)
		if words.Complaint(p) == string(p.Reason) || (p.Args["example"] == "" && p.Field != "isuer") {
			t.Errorf("%+v lacks a reason or an example", p)
		}
	}
	want := []string{"api.base_url", "client_name", "isuer", "id", "issuer", "client_id", "redirect_uris[1]", "scope"}
	if !reflect.DeepEqual(fields, want) {
		t.Errorf("problems with %v\nwant %v", fields, want)
	}
	if !strings.Contains(told(err), `isuer: there is no such field; did you mean "issuer"?`) {
		t.Error(err)
	}
	f := fault.Of(err)
	if f.Code != fault.BadProfile ||
		words.Of(err).What != "This profile cannot be used:\n"+words.Findings(f.Findings)+"." {
		t.Errorf("fault %+v", f)
	}
}

func TestA40UnreadableFiles(t *testing.T) {
	for name, c := range map[string]struct{ in, field, reason string }{
		"empty":           {"", "the file", "it ends too early"},
		"not JSON":        {"issuer: https://acme.example", "the file", "not JSON"},
		"a list":          {"[]", "the file", "it must be an object, not a list"},
		"null":            {"null", "keyfob_profile", "it must be there and be 1"},
		"byte order mark": {"\xef\xbb\xbf" + full, "the file", "byte order mark"},
		"not UTF-8":       {strings.Replace(full, `"Acme"`, "\"A\xffcme\"", 1), "the file", "not UTF-8"},
		"over 256 KB":     {full + strings.Repeat(" ", MaxBytes), "the file", "larger than 256 KB"},
		"too deep": {minimal(`"x": ` + strings.Repeat("[", 21) + strings.Repeat("]", 21)), "the file",
			"too deeply"},
		"duplicate":       {minimal(`"id": "other"`), "id", "there twice"},
		"duplicate, deep": {minimal(`"api": {"test_url": "a", "test_url": "b"}`), "api.test_url", "there twice"},
		"wrong case":      {minimal(`"Scope": "openid"`), "Scope", `did you mean "scope"?`},
		"no version":      {`{"id": "acme"}`, "keyfob_profile", "be 1"},
		"version 0":       {strings.Replace(full, "1,", "0,", 1), "keyfob_profile", "be 1"},
		"version as text": {strings.Replace(full, "1,", `"1",`, 1), "keyfob_profile", "whole number, not text"},
		"a newer version": {`{"keyfob_profile": 2, "news": []}`, "keyfob_profile", "newer Keyfob"},
		"curly quotes": {"{\n“keyfob_profile”: 1}", "the file",
			"line 2, column 1: it is not JSON from here on; it has curly"},
		"a second document":  {full + "{}", "the file", "not JSON from here on"},
		"half a surrogate":   {minimal(`"client_name": "\ud800"`), "the file", "not JSON from here on"},
		"number beyond int":  {minimal(`"monthly_token_limit": 1e99`), "monthly_token_limit", "whole number"},
		"number beyond real": {minimal(`"max_requests_per_second": 1e999`), "max_requests_per_second", "a number"},
	} {
		p, err := Parse([]byte(c.in))
		if !onlyAbout(err, c.field) && !(c.field == "keyfob_profile" && strings.Contains(told(err), c.field+": ")) {
			t.Errorf("%s: %v\nwant a problem with %s", name, err, c.field)
		} else if !strings.Contains(told(err), c.reason) {
			t.Errorf("%s: %v\nwant %q", name, err, c.reason)
		}
		if !reflect.DeepEqual(p, Profile{}) {
			t.Errorf("%s: a profile came with the error", name)
		}
	}
}

// TestA40HostileFilesAreRefusedInTime: a file that is full of problems, of names that are like ours, of depth or of
// numbers takes no longer to refuse than it takes to read, and the answer stays short.
func TestA40HostileFilesAreRefusedInTime(t *testing.T) {
	fill := func(item func(i int) string) string {
		var b strings.Builder
		for i := 0; b.Len() < MaxBytes-500; i++ {
			b.WriteString(item(i) + ",")
		}
		return strings.TrimSuffix(b.String(), ",")
	}
	stranger := func(i int) string { return fmt.Sprintf(`"%x":0`, i) }
	deep := strings.Repeat("[", strictjson.MaxDepth-3) + "0" + strings.Repeat("]", strictjson.MaxDepth-3)
	for name, file := range map[string]string{
		"strangers":       minimal(fill(stranger)),
		"like our fields": minimal(fill(func(i int) string { return fmt.Sprintf(`"issuer%x":"x"`, i) })),
		"secrets":         minimal(fill(func(i int) string { return fmt.Sprintf(`"x%d":{"token":""}`, i) })),
		"bad entries":     minimal(`"contacts": [` + fill(func(int) string { return `""` }) + `]`),
		"parameters":      minimal(`"authorization_params": {` + fill(stranger) + `}`),
		"depth":           minimal(`"x": [` + fill(func(int) string { return deep }) + `]`),
		"one number":      minimal(`"monthly_token_limit": ` + strings.Repeat("9", MaxBytes-500)),
		"one text":        minimal(`"client_name": "` + strings.Repeat("\\u009d\\u009b", (MaxBytes-500)/12) + `"`),
	} {
		if len(file) > MaxBytes {
			t.Fatalf("%s: %d bytes", name, len(file))
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Parse([]byte(file))
		runtime.ReadMemStats(&after)
		if n := len(found(err)); n == 0 || n > most || len(words.Of(err).What) > 8<<10 {
			t.Errorf("%s: %.300v", name, err)
		}
		// What is allocated is a clock that does not depend on the machine.
		if steps, bytes := after.Mallocs-before.Mallocs, after.TotalAlloc-before.TotalAlloc; steps > 1e6 || bytes > 64<<20 {
			t.Errorf("%s: %d allocations of %d MB together", name, steps, bytes>>20)
		}
	}
}

func TestA40ANewerFileIsNamedAsSuchWhateverItHolds(t *testing.T) {
	var b strings.Builder
	for i := range 100 {
		fmt.Fprintf(&b, `"a%d": 1, `, i)
	}
	_, err := Parse([]byte(`{` + b.String() + `"keyfob_profile": 2}`))
	if !onlyAbout(err, "keyfob_profile") || !strings.Contains(told(err), "newer Keyfob") {
		t.Error(err)
	}
}

func TestValidateJudgesABuiltProfile(t *testing.T) {
	p := Profile{Version: 1, ID: "acme", ClientID: "abc", Issuer: "https://acme.example"}
	if err := p.Validate(); err != nil {
		t.Fatal(err)
	}
	p.Issuer = "ftp://acme.example"
	if err := p.Validate(); !onlyAbout(err, "issuer") {
		t.Error(err)
	}
	p.Issuer, p.ClientName = "https://acme.example", "\xff"
	if err := p.Validate(); !onlyAbout(err, "the file") {
		t.Error(err)
	}
}

func TestMarshalIsForPeople(t *testing.T) {
	p := Profile{Version: 1, ID: "acme", ClientID: "abc", Issuer: "https://acme.example/?<>&",
		AuthorizationParams: map[string]string{"b": "2", "a": "1"}}
	got, err := p.Marshal()
	want := `{
  "keyfob_profile": 1,
  "id": "acme",
  "issuer": "https://acme.example/?<>&",
  "client_id": "abc",
  "authorization_params": {
    "a": "1",
    "b": "2"
  }
}
`
	if err != nil || string(got) != want {
		t.Errorf("%s, %v", got, err)
	}
}

func TestTheDemoProfileIsGood(t *testing.T) {
	files, err := filepath.Glob("../../assets/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no profile in assets", err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Parse(data); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzParse: a profile that is accepted survives being written and read; one that is refused says why, on clean lines,
// and hands out nothing.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		full, minimal(""), minimal(`"resource": "urn:a", "contacts": [], "api": {}`), `{"client_secret": "x"}`, `[]`,
		minimal(`"redirect_uris": ["http://[::1]/"], "authorization_params": {}`), "“", "-----BEGIN PRIVATE KEY-----",
		minimal(`"token_endpoint": "https://аcme.example/"`), minimal(`"jwks_uri": "https://b%C3%BC.example:1/"`),
		minimal(`"logo_uri": "https://u:p@0x7f.1/#"`), minimal(`"client_name": "\u202e\u001b[31m\ud800"`), "\xef\xbb\xbf{}",
		minimal(`"id": "nul.json"`), `{"keyfob_profile": 2, "x": [[[[{"d": 1}]]]]}`, minimal(`"ID": "a", "id": "b"`),
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := Parse(data)
		if err != nil {
			if !reflect.DeepEqual(p, Profile{}) {
				t.Fatal("a profile came with the error")
			}
			checkError(t, err)
			return
		}
		back, err := p.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		again, err := Parse(back)
		if err != nil {
			t.Fatalf("what Marshal wrote is refused: %v\n%s", err, back)
		}
		if !reflect.DeepEqual(p, again) {
			t.Fatalf("read %+v\nthen %+v", p, again)
		}
		for _, e := range append(p.endpoints(), endpoint{"issuer", p.Issuer}) {
			if e.url != "" && (!isURL(e.url) || display.Host(e.url) == "") {
				t.Fatalf("%s: %q", e.field, e.url)
			}
		}
		if len(Diff(p, again)) > 0 || len(p.TrustCard()) < 4 || p.Host() == "" {
			t.Fatalf("diff %v, card %v", Diff(p, again), p.TrustCard())
		}
	})
}

// isURL tells whether a URL has only the characters of one, the start of one, and no user name.
func isURL(s string) bool {
	odd := func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("\"<>\\^`{|}#", r) }
	u, err := url.Parse(s)
	return err == nil && u.User == nil && !strings.ContainsFunc(s, odd) &&
		(strings.HasPrefix(strings.ToLower(s), "https://") || strings.HasPrefix(strings.ToLower(s), "http://"))
}

func checkError(t *testing.T, err error) {
	if len(found(err)) == 0 {
		t.Fatalf("%T without problems", err)
	}
	if code := fault.CodeOf(err); code != fault.BadProfile && code != fault.ProfileSecret {
		t.Fatalf("code %s", code)
	}
	for _, p := range found(err) {
		line := words.Finding(p)
		if p.Reason == "" || strings.Contains(line, string(p.Reason)) || strings.ContainsFunc(line,
			func(r rune) bool { return r < ' ' }) {
			t.Fatalf("problem %+v", p)
		}
	}
}
