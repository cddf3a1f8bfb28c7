package apicall

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"keyfob/internal/display"
	"keyfob/internal/fault"
	"keyfob/internal/jwt"
)

// skew is how far two clocks may be apart before one of them is wrong.
const skew = time.Minute

// problem is what a response means, if it is a refusal.
func (c *call) problem(res *http.Response) error {
	switch status := res.StatusCode; {
	case status < 400:
		return nil
	case status == http.StatusUnauthorized:
		return c.diagnose(res, read(res))
	case status == http.StatusForbidden:
		return c.forbidden(read(res))
	case status == http.StatusTooManyRequests:
		return fault.New(fault.APILimited, "host", c.host()).WithUntil(wholeSeconds(retryAfter(res.Header, time.Now())))
	case status >= 500:
		return fault.New(fault.ProviderTrouble, "host", c.host(), "status", strconv.Itoa(status)).
			WithUntil(wholeSeconds(retryAfter(res.Header, time.Now())))
	default:
		return fault.New(fault.APIRefused, "host", c.host(), "status", strconv.Itoa(status))
	}
}

// wholeSeconds is a moment in whole seconds, rounded up.
func wholeSeconds(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.Add(time.Second - 1).Truncate(time.Second)
}

func (c *call) forbidden(said Refusal) error {
	if said.Code == "insufficient_scope" && said.Scope != "" {
		return fault.New(fault.APIForbidden, "host", c.host(), "scope", said.Scope)
	}
	return fault.New(fault.APIForbidden, "host", c.host(), "said", said.Said)
}

func (c *call) refused(args ...string) *fault.Error {
	return fault.New(fault.APIUnauthorized, append(args, "host", c.host(), "id", c.Profile.ID)...)
}

// diagnose tells people why an API does not accept a token that should be good, as far as it can be told.
func (c *call) diagnose(res *http.Response, said Refusal) error {
	look := c.credential.Look()
	apart, by := clocksApart(res.Header, time.Now())
	switch claim := missing(said.Said, look); {
	case said.Code == "insufficient_scope":
		return c.forbidden(said)
	case len(said.Schemes) > 0:
		return c.refused("want", strings.Join(slices.Compact(said.Schemes), ", ")).WithReason(fault.WhyScheme)
	case apart != "":
		return c.refused(apart, by).WithReason(fault.WhyClock)
	case claim != "":
		return c.refused("claim", claim).WithReason(fault.WhyClaim)
	case c.wrongAudience(look) || strings.Contains(strings.ToLower(said.Said), "audience"):
		const longest = 200
		return c.refused("got", display.Clean(strings.Join(look.Audiences(), ", "), longest)).WithReason(fault.WhyAudience)
	}
	return c.refused("said", said.Said)
}

// wrongAudience tells whether a token is for another audience than the profile's, or for none that can be seen.
func (c *call) wrongAudience(look jwt.Look) bool {
	want := c.Profile.Audience
	if want == "" {
		return look.Form == jwt.Encrypted // what Auth0 gives where no audience is asked for
	}
	return look.Form == jwt.Readable && !slices.Contains(look.Audiences(), want)
}

// clocksApart tells by how much our clock is "ahead" or "behind" that of the server, where that is too much.
func clocksApart(h http.Header, now time.Time) (apart, by string) {
	theirs, err := http.ParseTime(h.Get("Date"))
	if err != nil || theirs.Sub(now).Abs() <= skew {
		return "", ""
	}
	if d := now.Sub(theirs).Round(time.Minute); d > 0 {
		return "ahead", d.String()
	}
	return "behind", theirs.Sub(now).Round(time.Minute).String()
}

// missing finds the claim that a refusal names and a token has not: a word beside "claim" that is written as names are,
// or one that ends as those of ids do.
func missing(text string, look jwt.Look) string {
	if look.Form != jwt.Readable {
		return ""
	}
	words := strings.FieldsFunc(text, func(r rune) bool {
		return !strings.ContainsRune("_:/.-", r) && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	})
	saysClaim := func(i int) bool {
		return i >= 0 && i < len(words) && strings.HasPrefix(strings.ToLower(words[i]), "claim")
	}
	for i, word := range words {
		name := strings.Trim(word, ":./-")
		beside := (saysClaim(i-1) || saysClaim(i+1)) && strings.ContainsAny(name, "_/")
		if (beside || isID(name)) && !look.Has(name) {
			return name
		}
	}
	return ""
}

// isID tells the names of ids, but for those that a server gives to its own errors.
func isID(name string) bool {
	what, ok := strings.CutSuffix(name, "_id")
	return ok && !slices.Contains([]string{"request", "trace", "correlation", "error"}, what)
}
