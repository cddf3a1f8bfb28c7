package apicall

import (
	"net/http"
	"testing"
	"time"

	"keyfob/internal/fault"
	"keyfob/internal/jwt"
	"keyfob/internal/secret"
)

// A 401 about a token that is new is explained, and the API is asked no more than once.
func TestC50A401WithAFreshTokenIsDiagnosed(t *testing.T) {
	ours := tokenOf(`{"aud":["https://api.example"],"http://acme.example/tenant_id":"t"}`)
	for _, tt := range []struct {
		what, token, body string
		headers           []string
		why               fault.Reason
		name, value       string
	}{
		{"another audience", tokenOf(`{"aud":"https://other.example"}`), "", nil, fault.WhyAudience, "got",
			"https://other.example"},
		{"in its words", ours, `{"error":"Invalid audience"}`, nil, fault.WhyAudience, "got", "https://api.example"},
		{"Rhythm", ours, `{"message":"No contact_id on the token"}`, nil, fault.WhyClaim, "claim", "contact_id"},
		{"a claim by its URL", ours, `{"detail":"missing claim http://acme.example/customer"}`, nil, fault.WhyClaim, "claim",
			"http://acme.example/customer"},
		{"a claim that is there", ours, `{"message":"tenant_id not found"}`, nil, "", "said", "tenant_id not found"},
		{"an error's own id", ours, `{"message":"denied, request_id 5"}`, nil, "", "said", "denied, request_id 5"},
		{"no bearer", ours, "", []string{`WWW-Authenticate: Basic realm="x", Negotiate`}, fault.WhyScheme, "want",
			"Basic, Negotiate"},
		{"clock behind", ours, "", []string{"Date: " + time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)},
			fault.WhyClock,
			"behind", "1h0m0s"},
		{"clock ahead", ours, "", []string{"Date: " + time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat)},
			fault.WhyClock,
			"ahead", "1h0m0s"},
		{"nothing said", ours, "", []string{"Date: " + time.Now().UTC().Format(http.TimeFormat)}, "", "said", ""},
		{"opaque", "opaque-token", `{"message":"contact_id"}`, nil, "", "said", "contact_id"},
		{"described", ours, "",
			[]string{"WWW-Authenticate: Bearer error=\"invalid_request\", error_description=\"no\u202e way\""},
			"", "said", "no way"},
		{"not for people", ours, "<h1>contact_id</h1>", []string{"Content-Type: text/html"}, "", "said", ""},
	} {
		calls, p := 0, &tokenSource{make: func(int) string { return tt.token }}
		tr := &Transport{Profile: profileOf("https://api.example"), Credentials: CredentialsOf(p),
			Base: base(func(*http.Request) (*http.Response, error) {
				calls++
				return says(401, tt.body, tt.headers...), nil
			})}
		tr.Profile.Audience = "https://api.example"
		a := must(t, tr, "GET", "https://api.example/", nil)
		if args := a.problem.Args; a.problem.Code != fault.APIUnauthorized || a.problem.Reason != tt.why ||
			args[tt.name] != tt.value ||
			calls != 1 || a.body != tt.body {
			t.Errorf("%s: %v after %d calls, %q", tt.what, args, calls, a.body)
		}
	}
}

func TestOtherRefusalsHaveTheirNames(t *testing.T) {
	for status, code := range map[int]fault.Code{
		403: fault.APIForbidden, 404: fault.APIRefused, 429: fault.APILimited, 500: fault.ProviderTrouble,
		503: fault.ProviderTrouble,
		200: "", 204: "", 304: "",
	} {
		tr := &Transport{Profile: profileOf("https://api.example"), Credentials: CredentialsOf(&tokenSource{}),
			Base: base(func(*http.Request) (*http.Response, error) {
				return says(status, `{"message":"not yours"}`), nil
			})}
		a := must(t, tr, "GET", "https://api.example/", nil)
		if a.problem == nil && code != "" || a.problem != nil && a.problem.Code != code {
			t.Errorf("%d: %v", status, a.problem)
		}
		if status == 403 && a.problem.Args["said"] != "not yours" {
			t.Error(a.problem.Args)
		}
	}
}

func FuzzMissingClaim(f *testing.F) {
	for _, seed := range []string{"", "a.b.c", tokenOf(`{"aud":["a",1]}`), tokenOf(`{"a_b":{}}`), "a.b.c.d.e"} {
		f.Add(seed, "missing claim a_b")
	}
	f.Fuzz(func(t *testing.T, token, text string) {
		look := jwt.LookAt(secret.New(token))
		if name := missing(text, look); name != "" && look.Has(name) {
			t.Errorf("%q is there", name)
		}
	})
}
