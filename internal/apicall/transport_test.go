package apicall

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
)

const (
	invalidToken = `Bearer realm="acme", error="invalid_token", error_description="The access token expired"`
	challengeKey = "WWW-Authenticate"
)

// fresh answers 401 to token 0 alone.
func fresh(w http.ResponseWriter, r *http.Request, got string) {
	if got == token(0) {
		w.Header().Set(challengeKey, invalidToken)
		http.Error(w, "old", http.StatusUnauthorized)
		return
	}
	body, _ := io.ReadAll(r.Body)
	fmt.Fprintf(w, "%s %s", r.Method, body)
}

func TestC46TheTokenIsInTheHeaderOnly(t *testing.T) {
	var base string
	s := serve(t, func(w http.ResponseWriter, r *http.Request, got string) {
		if got != token(0) || strings.Contains(r.URL.String(), "canary") || r.Host != strings.TrimPrefix(base, "http://") ||
			len(r.Header["Authorization"]) != 1 {
			w.WriteHeader(http.StatusTeapot)
		}
	})
	base = s.URL
	tr := transportTo(t, s.URL+"/v1", &tokenSource{})
	req, _ := http.NewRequestWithContext(t.Context(), "GET", s.URL+"/v1/orders?a=b", nil)
	req.Header["Authorization"] = []string{"Basic one", "Basic two"}
	req.Host = "elsewhere.example"
	res, err := tr.RoundTrip(req)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatal(res, err)
	}
	res.Body.Close()
	if req.Header["Authorization"][0] != "Basic one" || req.Host != "elsewhere.example" {
		t.Error("the caller's request was changed")
	}
}

// What is not the API's is refused before a token is asked for, and before anything is sent.
func TestC46NothingGoesElsewhere(t *testing.T) {
	s := serve(t, fresh)
	p := &tokenSource{}
	tr := transportTo(t, s.URL+"/v1", p)
	for _, url := range []string{
		s.URL + "/v2", s.URL + "/v1/../v2", s.URL + "/v1/%2e%2e/v2", strings.Replace(s.URL, "127.0.0.1", "localhost", 1) +
			"/v1",
		strings.Replace(s.URL, "http://", "http://me@", 1) + "/v1", "https" + strings.TrimPrefix(s.URL, "http") + "/v1",
	} {
		if _, err := do(t, tr, "GET", url, nil); fault.CodeOf(err) != fault.APIElsewhere {
			t.Errorf("%s: %v", url, err)
		}
	}
	req, _ := http.NewRequestWithContext(t.Context(), "POST", s.URL+"/v1", &closing{Reader: strings.NewReader("x")})
	req.URL.Opaque = "//evil.example/v1"
	if _, err := tr.RoundTrip(req); fault.CodeOf(err) != fault.APIElsewhere || !req.Body.(*closing).isClosed() {
		t.Errorf("opaque: %v", err)
	}
	if s.calls() != 0 || p.asked != 0 {
		t.Errorf("%d requests were sent, %d tokens asked for", s.calls(), p.asked)
	}
}

type closing struct {
	io.Reader
	mu     sync.Mutex
	closed int
}

func (c *closing) Close() error { c.mu.Lock(); defer c.mu.Unlock(); c.closed++; return nil }

func (c *closing) isClosed() bool { c.mu.Lock(); defer c.mu.Unlock(); return c.closed == 1 }

func TestC47SeveralChallengesOfAnyCase(t *testing.T) {
	for _, lines := range [][]string{
		{`Basic realm="a, b", BEARER Error="invalid_token"`},
		{`Negotiate`, `bearer realm="x"`, `error=invalid_token`},
		{`Bearer error="invalid_request", Bearer error="invalid_token"`},
		{`DPoP algs="ES256", error="invalid_token"`},
	} {
		p := &tokenSource{}
		tr := &Transport{Profile: profileOf("https://api.example"), Credentials: CredentialsOf(p),
			Base: base(func(r *http.Request) (*http.Response, error) {
				if r.Header.Get("Authorization") != "Bearer "+token(0) {
					return says(200, ""), nil
				}
				res := says(401, "")
				res.Header[http.CanonicalHeaderKey(challengeKey)] = lines
				return res, nil
			})}
		if a := must(t, tr, "GET", "https://api.example/", nil); a.status != 200 || p.renewed() != 1 {
			t.Errorf("%q: %d after %d renewals", lines, a.status, p.renewed())
		}
	}
}

func TestC48InvalidTokenIsRenewedOnce(t *testing.T) {
	for _, method := range []string{"GET", "POST", "DELETE"} {
		s, p := serve(t, fresh), &tokenSource{}
		tr := transportTo(t, s.URL, p)
		a := must(t, tr, method, s.URL+"/", strings.NewReader("body"))
		if a.status != 200 || a.body != method+" body" || a.problem != nil || s.calls() != 2 || p.renewed() != 1 {
			t.Errorf("%s: %+v after %q, %d renewals", method, a, s.seen, p.renewed())
		}
	}
}

// A token that was new and is refused as well is not renewed again: not by this request, nor by those that follow.
func TestC48ASecond401Stops(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ string) {
		w.Header().Set(challengeKey, invalidToken)
		w.WriteHeader(http.StatusUnauthorized)
		io.WriteString(w, "no")
	})
	p := &tokenSource{}
	tr := transportTo(t, s.URL, p)
	for range 5 {
		a := must(t, tr, "GET", s.URL+"/", nil)
		if a.status != 401 || a.body != "no" || a.problem.Code != fault.APIUnauthorized ||
			a.problem.Args["said"] != "The access token expired" {
			t.Errorf("%+v %v", a, a.problem.Args)
		}
	}
	if s.calls() != 6 || p.renewed() != 1 {
		t.Errorf("%d requests, %d renewals", s.calls(), p.renewed())
	}
}

func TestC48NoOtherTokenNoSecondRequest(t *testing.T) {
	s := serve(t, fresh)
	p := &tokenSource{stuck: true}
	tr := transportTo(t, s.URL, p)
	if a := must(t, tr, "GET", s.URL+"/", nil); a.status != 401 || a.problem.Code != fault.APIUnauthorized ||
		s.calls() != 1 {
		t.Errorf("%+v after %d", a, s.calls())
	}
	tr.Credentials = CredentialsOf(&offline{p})
	if a := must(t, tr, "GET", s.URL+"/", nil); a.status != 401 || a.problem.Code != fault.Offline {
		t.Errorf("%+v: why there is no better token is not said", a)
	}
}

// offline has a token, and no other.
type offline struct{ *tokenSource }

func (offline) Instead(context.Context, account.Access) (account.Access, error) {
	return account.Access{}, fault.New(fault.Offline, "host", "id.example")
}

// A hundred requests with one old token are one renewal.
func TestC48ACrowdRenewsOnce(t *testing.T) {
	s, p := serve(t, fresh), &tokenSource{}
	tr := transportTo(t, s.URL, p)
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			if a, err := do(t, tr, "POST", s.URL+"/", strings.NewReader("x")); err != nil || a.status != 200 {
				t.Errorf("%+v %v", a, err)
			}
		})
	}
	wg.Wait()
	if p.renewed() != 1 {
		t.Errorf("%d renewals", p.renewed())
	}
}

// A body that is too long to keep is sent once; the next request has the new token.
func TestC48ALongBodyIsNotRepeated(t *testing.T) {
	s, p := serve(t, func(w http.ResponseWriter, r *http.Request, got string) {
		_, _ = io.Copy(io.Discard, r.Body)
		fresh(w, r, got)
	}), &tokenSource{}
	tr := transportTo(t, s.URL, p)
	a := must(t, tr, "POST", s.URL+"/", io.MultiReader(strings.NewReader(strings.Repeat("x", replayBytes+1))))
	if a.status != 401 || a.problem.Reason != fault.WhyExpired || s.calls() != 1 || p.renewed() != 1 {
		t.Errorf("%d %v after %d requests", a.status, a.problem, s.calls())
	}
	a = must(t, tr, "POST", s.URL+"/", io.MultiReader(strings.NewReader(strings.Repeat("x", replayBytes))))
	if a.status != 200 {
		t.Errorf("then %+v", a)
	}
}

// A body of the most that is kept arrives whole the second time.
func TestC48ABodyIsRepeatedWhole(t *testing.T) {
	want := strings.Repeat("0123456789abcdef", replayBytes/16)
	s, p := serve(t, func(w http.ResponseWriter, r *http.Request, got string) {
		if got == token(0) { // before it has read anything
			w.Header().Set(challengeKey, invalidToken)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		fresh(w, r, got)
	}), &tokenSource{}
	body := &closing{Reader: strings.NewReader(want)}
	if a := must(t, transportTo(t, s.URL, p), "PUT", s.URL+"/", body); a.body != "PUT "+want || !body.isClosed() {
		t.Errorf("%d bytes arrived of %d, closed %d times", len(a.body), len(want), body.closed)
	}
}

func TestC49InsufficientScopeIsNoReasonToRenew(t *testing.T) {
	for _, status := range []int{403, 401} {
		p, calls := &tokenSource{}, 0
		tr := &Transport{Profile: profileOf("https://api.example"), Credentials: CredentialsOf(p),
			Base: base(func(*http.Request) (*http.Response, error) {
				calls++
				return says(status, "", `WWW-Authenticate: Bearer error="insufficient_scope", scope="write:orders"`), nil
			})}
		a := must(t, tr, "GET", "https://api.example/", nil)
		if a.problem.Code != fault.APIForbidden || a.problem.Args["scope"] != "write:orders" || p.renewed() != 0 ||
			calls != 1 {
			t.Errorf("%d: %+v %v", status, a, a.problem.Args)
		}
	}
}

// RES:Harmonics' way: a message, and no challenge.
func TestC50TheMessageWithoutAChallenge(t *testing.T) {
	for body, renewed := range map[string]bool{
		`{"message": "The incoming token has expired"}`:        true,
		`{"message":"the incoming token has expired."}`:        true,
		`{"message":"The incoming token is invalid"}`:          false,
		`{"message":["The incoming token has expired"]}`:       false,
		`The incoming token has expired`:                       false,
		``:                                                     false,
		`{"message":"` + strings.Repeat("x", peekBytes) + `"}`: false,
	} {
		s, p := serve(t, func(w http.ResponseWriter, _ *http.Request, got string) {
			if got == token(0) {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(http.StatusUnauthorized)
				io.WriteString(w, body)
			}
		}), &tokenSource{}
		a := must(t, transportTo(t, s.URL, p), "GET", s.URL+"/", nil)
		if renewed != (p.renewed() == 1) || renewed != (a.status == 200) || !renewed && a.body != body {
			t.Errorf("%.60s: %d after %d renewals, %d bytes", body, a.status, p.renewed(), len(a.body))
		}
	}
}

// A token whose time is over is renewed whatever the API says or does not say of it; one whose is not is looked at.
func TestC50ATokenPastItsTime(t *testing.T) {
	for past, renewals := range map[time.Duration]int{-time.Second: 1, time.Hour: 0} {
		p := &tokenSource{expiry: time.Now().Add(past)}
		tr := &Transport{Profile: profileOf("https://api.example"), Credentials: CredentialsOf(p),
			Base: base(func(*http.Request) (*http.Response, error) {
				return says(401, ""), nil
			})}
		if must(t, tr, "GET", "https://api.example/", nil); p.renewed() != renewals {
			t.Errorf("%v: %d renewals", past, p.renewed())
		}
	}
}

// Nobody here speaks another protocol, and no bound would hold for it.
func TestAnAnswerInAnotherProtocolIsNone(t *testing.T) {
	body := &closing{Reader: strings.NewReader("raw")}
	tr := &Transport{Profile: profileOf("https://api.example"), Credentials: CredentialsOf(&tokenSource{}),
		Base: base(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusSwitchingProtocols, Body: body}, nil
		})}
	if _, err := do(t, tr, "GET", "https://api.example/", nil); fault.CodeOf(err) != fault.Offline || !body.isClosed() {
		t.Error(err)
	}
}

func TestC51ARedirectIsReturned(t *testing.T) {
	other := serve(t, fresh)
	for _, status := range []int{301, 302, 303, 307, 308} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ string) {
			w.Header().Set("Location", other.URL+"/steal")
			w.WriteHeader(status)
		})
		a := must(t, transportTo(t, s.URL, &tokenSource{}), "GET", s.URL+"/", nil)
		if a.status != status || a.header.Get("Location") != other.URL+"/steal" || other.calls() != 0 || a.problem != nil {
			t.Errorf("%d: %+v, %d elsewhere", status, a, other.calls())
		}
	}
	// A client that follows redirects by itself gets no further either.
	s := serve(t, func(w http.ResponseWriter, r *http.Request, _ string) {
		http.Redirect(w, r, other.URL+"/steal", http.StatusFound)
	})
	client := &http.Client{Transport: transportTo(t, s.URL, &tokenSource{})}
	if res, err := client.Get(s.URL); err == nil || other.calls() != 0 {
		t.Errorf("%v; %d requests elsewhere", res, other.calls())
	}
}

// A request that may have arrived is not sent again; that it may have is said.
func TestARequestThatMayHaveArrivedIsNotRepeated(t *testing.T) {
	got := make(chan string, 8)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			r, err := http.ReadRequest(bufio.NewReader(conn))
			if err == nil {
				got <- r.Method
			}
			conn.Close()
		}
	}()
	tr := transportTo(t, "http://"+l.Addr().String(), &tokenSource{})
	for method, code := range map[string]fault.Code{"POST": fault.APIUnanswered, "PATCH": fault.APIUnanswered,
		"GET": fault.Offline} {
		if _, err := do(t, tr, method, "http://"+l.Addr().String()+"/", strings.NewReader("x")); fault.CodeOf(err) != code {
			t.Errorf("%s: %v", method, err)
		}
		if m := <-got; m != method || len(got) > 0 {
			t.Errorf("%s arrived, and %d more", m, len(got))
		}
	}
	l.Close()
	if _, err := do(t, tr, "POST", "http://"+l.Addr().String()+"/",
		strings.NewReader("x")); fault.CodeOf(err) != fault.Offline {
		t.Errorf("never sent: %v", err)
	}
}

func TestTooManyRequestsWaitsAsToldWithinReason(t *testing.T) {
	for _, tt := range []struct {
		method, header string
		waits          time.Duration
		calls          int
	}{
		{"GET", "Retry-After: 3", 3 * time.Second, 2},
		{"GET", "X-Ratelimit-Reset: 2", 2 * time.Second, 2},
		{"GET", "Retry-After: Sat, 01 Jan 2000 00:00:02 GMT", 2 * time.Second, 2}, // the clock of synctest begins then
		{"GET", "Retry-After: 11", 0, 1},
		{"GET", "X-Other: 1", 0, 1},
		{"GET", "Retry-After: -1", 0, 1},
		{"GET", "Retry-After: 99999999999999", 0, 1},
		{"POST", "Retry-After: 3", 0, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			calls, began := 0, time.Now()
			tr := &Transport{Profile: profileOf("https://api.example"), Credentials: CredentialsOf(&tokenSource{}),
				Patience: 10 * time.Second,
				Base:     base(func(*http.Request) (*http.Response, error) { calls++; return says(429, "slow", tt.header), nil })}
			a := must(t, tr, tt.method, "https://api.example/", nil)
			if time.Since(began) != tt.waits || calls != tt.calls || a.problem.Code != fault.APILimited || a.body != "slow" {
				t.Errorf("%v: %v, %d calls, %+v", tt, time.Since(began), calls, a)
			}
			if told := a.problem.Until; !told.IsZero() && tt.header == "Retry-After: 11" &&
				!told.Equal(time.Now().Add(11*time.Second)) {
				t.Error(a.problem.Args)
			}
		})
	}
}

// An API that blocks who asks too often is asked no more often than its profile allows, by whom and for whatever.
func TestC49NoMoreRequestsASecondThanTheProfileAllows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const rate = 5
		var mu sync.Mutex
		var at []time.Duration
		began := time.Now()
		tr := &Transport{Profile: profileOf("https://api.example"), Credentials: CredentialsOf(&tokenSource{}),
			Base: base(func(*http.Request) (*http.Response, error) {
				mu.Lock()
				defer mu.Unlock()
				at = append(at, time.Since(began))
				return says(200, ""), nil
			})}
		tr.Profile.MaxRequestsPerSecond = rate
		var callers sync.WaitGroup
		for range 4 * rate {
			callers.Go(func() { must(t, tr, "GET", "https://api.example/", nil) })
		}
		callers.Wait()
		for i, when := range at {
			if want := time.Duration(i/rate) * time.Second; when != want {
				t.Fatalf("request %d after %v, want %v", i, when, want)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		req, _ := http.NewRequestWithContext(ctx, "GET", "https://api.example/", nil)
		if _, err := tr.RoundTrip(req); !errors.Is(err, context.DeadlineExceeded) || len(at) != 4*rate {
			t.Errorf("who stops waiting: %v after %d requests", err, len(at))
		}
	})
}

// Nothing waits silently: who sent a request can be told what takes long.
func TestWaitsAreNamed(t *testing.T) {
	token, answer := account.Wait{For: account.WaitToken}, account.Wait{For: account.WaitAnswer, Host: "api.example"}
	turn, less := account.Wait{For: account.WaitTurn, Rate: 0.5}, account.Wait{For: account.WaitLess, Host: "api.example"}
	for _, tt := range []struct {
		first *http.Response
		rate  float64
		want  []account.Wait
	}{
		{says(401, "", challengeKey+": "+invalidToken), 0, []account.Wait{token, answer, token, answer}},
		{says(429, "", "Retry-After: 3"), 0.5, []account.Wait{turn, token, answer, less, turn, answer}},
	} {
		synctest.Test(t, func(t *testing.T) {
			in3s := time.Now().Add(3 * time.Second)
			answers := []*http.Response{tt.first, says(200, "")}
			var got []account.Wait
			tr := &Transport{
				Profile: profileOf("https://api.example"), Credentials: CredentialsOf(&tokenSource{}), Patience: time.Minute,
				Base: base(func(*http.Request) (res *http.Response, _ error) {
					res, answers = answers[0], answers[1:]
					return res, nil
				}),
				Waits: func(w account.Wait) {
					if w.For == account.WaitLess && w.Until.Equal(in3s) {
						w.Until = time.Time{}
					}
					got = append(got, w)
				},
			}
			tr.Profile.MaxRequestsPerSecond = tt.rate
			if a := must(t, tr, "GET", "https://api.example/", nil); a.problem != nil || !slices.Equal(got, tt.want) {
				t.Errorf("%v, %v", got, a.problem)
			}
		})
	}
}

func TestWaitingEndsWithTheCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		tr := &Transport{Profile: profileOf("https://api.example"), Credentials: CredentialsOf(&tokenSource{}),
			Patience: time.Minute,
			Base:     base(func(*http.Request) (*http.Response, error) { return says(429, "", "Retry-After: 30"), nil })}
		req, _ := http.NewRequestWithContext(ctx, "GET", "https://api.example/", nil)
		if _, err := tr.RoundTrip(req); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	})
}

func TestNoTokenNoRequest(t *testing.T) {
	s := serve(t, fresh)
	tr := transportTo(t, s.URL, &tokenSource{err: fault.New(fault.SignInRequired)})
	if _, err := do(t, tr, "GET", s.URL+"/", nil); fault.CodeOf(err) != fault.SignInRequired || s.calls() != 0 {
		t.Errorf("%v, %d requests", err, s.calls())
	}
}
