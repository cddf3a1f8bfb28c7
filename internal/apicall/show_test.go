package apicall

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"keyfob/internal/fault"
	"keyfob/internal/jwt"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
)

func TestAddress(t *testing.T) {
	p := profileOf("https://api.example/v1")
	for ref, want := range map[string]string{
		"orders?limit=5": "https://api.example/v1/orders?limit=5", "/orders": "https://api.example/v1/orders",
		"https://api.example/v1/me":  "https://api.example/v1/me",
		"/o?back=https://x.example/": "https://api.example/v1/o?back=https://x.example/",
	} {
		if got, err := Address(p, ref); err != nil || got != want {
			t.Errorf("%s: %s, %v", ref, got, err)
		}
	}
	for ref, code := range map[string]fault.Code{
		"": fault.BadUsage, "../x": fault.APIElsewhere, "https://api.example/v1/x#": fault.APIElsewhere,
	} {
		if got, err := Address(p, ref); fault.CodeOf(err) != code {
			t.Errorf("%q: %s, %v", ref, got, err)
		}
	}
	p.API.TestURL = "https://api.example/v1/ping"
	if got, err := Address(p, ""); err != nil || got != p.API.TestURL {
		t.Error(got, err)
	}
	if _, err := Address(profile.Profile{ID: "x"}, "/x"); fault.CodeOf(err) != fault.BadUsage {
		t.Error(err)
	}
}

func TestWhatIsShownOfAnAnswer(t *testing.T) {
	for _, tt := range []struct {
		status         int
		body, kind     string
		limit          int64
		want           string
		cut            bool
		code           fault.Code
		sent, sentKind string
	}{
		{200, `{"a":[1]}`, "application/json", 100, "{\n  \"a\": [\n    1\n  ]\n}", false, "", `{"x":1}`, "application/json"},
		{200, "{\"a\": 1} \x1b[2J\u202e", "text/plain", 100, "{\"a\": 1} \ufffd[2J\ufffd", false, "", "a=b",
			"application/x-www-form-urlencoded"},
		{200, strings.Repeat("ä", 10), "text/plain", 5, "ää", true, "", "", ""},
		{200, "12345", "text/plain", 5, "12345", false, "", "", ""},
		{404, "", "", 5, "", false, fault.APIRefused, "", ""},
	} {
		var sent *http.Request
		tr := &Transport{Profile: profileOf("https://api.example"), Credentials: CredentialsOf(&tokenSource{}),
			Base: base(func(r *http.Request) (*http.Response, error) {
				sent = r
				return says(tt.status, tt.body, "Content-Type: "+tt.kind, "X-Odd: \x1bx"), nil
			})}
		s, err := tr.Show(t.Context(), "POST", "/x", tt.sent, tt.limit)
		if err != nil || s.Body != tt.want || s.Cut != tt.cut || fault.CodeOf(s.Problem) != tt.code {
			t.Errorf("%q: %+v, %v", tt.body, s, err)
		}
		if sent.Header.Get("Content-Type") != tt.sentKind || !slices.Contains(s.Headers, "X-Odd: \ufffdx") {
			t.Errorf("%q, %q", sent.Header, s.Headers)
		}
	}
}

func TestACallThatIsGivenUpOrBreaksOff(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for want, given := range map[fault.Code]context.Context{fault.APICut: t.Context(), "": ctx} {
		tr := &Transport{Profile: profileOf("https://api.example"), Credentials: CredentialsOf(&tokenSource{}),
			Base: base(func(*http.Request) (*http.Response, error) {
				res := says(200, "")
				res.Body = bodyReader{io.MultiReader(strings.NewReader("begun"), errReader{errors.New("reset")}), res.Body}
				return res, nil
			})}
		s, err := tr.Show(given, "GET", "/x", "", 10)
		if want == "" && !errors.Is(err, context.Canceled) ||
			want != "" && (err != nil || fault.CodeOf(s.Problem) != want || s.Body != "begun") {
			t.Errorf("%q: %+v, %v", want, s, err)
		}
	}
	tr := &Transport{Profile: profileOf("https://api.example"), Credentials: CredentialsOf(&tokenSource{})}
	for ref, told := range map[string]string{
		"https://other.example/": "other.example/", "https://api.example/%2e%2e/x?key=1": "api.example/%2e%2e/x",
	} {
		_, err := tr.Show(t.Context(), "GET", ref, "", 10)
		if f := fault.Of(err); f.Code != fault.APIElsewhere || f.Args["host"] != told {
			t.Errorf("%v: %q, want %q", err, f.Args, told)
		}
	}
	if _, err := tr.Show(t.Context(), "G T", "/x", "", 10); fault.CodeOf(err) != fault.BadUsage {
		t.Error(err)
	}
}

func TestWhatIsToldOfAToken(t *testing.T) {
	for token, want := range map[string]string{
		tokenOf(`{"aud":"x\u202e"}`): "\"aud\": ", "opaque": "", "a.b.c": "",
		"eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0....": "{",
	} {
		text := Described(jwt.LookAt(secret.New(token)))
		if !strings.Contains(text, want) || (text == "") != (want == "") || strings.Contains(text, "\u202e") {
			t.Errorf("%s: %q", token, text)
		}
	}
}
