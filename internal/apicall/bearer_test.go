package apicall

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/secret"
)

// odd is where tokens of another type come from.
type odd string

func (o odd) Token(context.Context, time.Duration) (account.Access, error) {
	return account.Access{Token: secret.New(token(0)), Type: string(o)}, nil
}

func (o odd) Instead(ctx context.Context, _ account.Access) (account.Access, error) {
	return o.Token(ctx, 0)
}

// RFC 6749 §7.1: a token of a type that is not understood is not used.
func TestATokenOfAnotherTypeIsNotUsed(t *testing.T) {
	for kind, code := range map[string]fault.Code{"": "", "bearer": "", "DPoP": fault.TokenResponse,
		"mac": fault.TokenResponse} {
		tr := &Transport{Profile: profileOf("https://api.example"), Credentials: CredentialsOf(odd(kind)),
			Base: base(func(r *http.Request) (*http.Response, error) {
				if code != "" {
					t.Errorf("%s: a request went out", kind)
				}
				return says(200, ""), nil
			})}
		if _, err := do(t, tr, "GET", "https://api.example/", nil); fault.CodeOf(err) != code {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

// proofs are credentials of another kind, which prove each request by itself and need a nonce of the server (RFC 9449
// §4.2 and §9). The transport knows nothing of that.
type proofs struct {
	Credential
	nonce *string
	fresh bool
	made  *int
}

func (p proofs) Authorize(req *http.Request) error {
	*p.made++
	req.Header.Set("Authorization", "DPoP x")
	req.Header.Set("DPoP", fmt.Sprint(req.Method, " ", req.URL, " ", *p.nonce, *p.made))
	return nil
}

func (p proofs) Redact(*http.Response) {}

func (p proofs) Stale(why Refusal, _ time.Time) bool {
	*p.nonce = why.Header.Get("DPoP-Nonce")
	return why.Code == "use_dpop_nonce"
}

func (p proofs) Renew(context.Context) (Credential, error) {
	p.fresh = true
	return p, nil
}

func (p proofs) Equal(other Credential) bool { return other == p }

func (p proofs) credential(context.Context, time.Duration) (Credential, error) { return p, nil }

type credentials func(context.Context, time.Duration) (Credential, error)

func (c credentials) Credential(ctx context.Context, d time.Duration) (Credential, error) {
	return c(ctx, d)
}

func TestAProofForEachRequestFitsIn(t *testing.T) {
	var proved []string
	nonce, made := "", 0
	tr := &Transport{Profile: profileOf("https://api.example"),
		Credentials: credentials(proofs{nonce: &nonce, made: &made}.credential),
		Base: base(func(r *http.Request) (*http.Response, error) {
			proved = append(proved, r.Header.Get("Authorization")+" "+r.Header.Get("DPoP"))
			if len(proved) == 1 {
				return says(401, "", `WWW-Authenticate: DPoP error="use_dpop_nonce"`, "DPoP-Nonce: n"), nil
			}
			return says(200, ""), nil
		})}
	if a := must(t, tr, "PUT", "https://api.example/a", nil); a.status != 200 {
		t.Errorf("%+v", a)
	}
	want := []string{"DPoP x PUT https://api.example/a 1", "DPoP x PUT https://api.example/a n2"}
	if !slices.Equal(proved, want) {
		t.Errorf("%q", proved)
	}
}
