package profile

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Template is a profile for a provider whose rules are known, with blanks for what differs from one customer to the
// next.
type Template struct {
	ID          string // its name on the command line
	Name        string // the provider's
	Explanation string // what it is for, on one line
	Blanks      []Blank

	// made makes the profile of values that are all there: given, by default, or a mark that one is missing.
	made func(v map[string]string) Profile
}

// Blank is one thing that a template cannot know.
type Blank struct {
	Field    string // of the profile; or "domain" and "tenant", which become part of addresses
	Label    string
	Where    string // what it is or where it is found, on one line
	Example  string
	Default  string // stands where nothing is given
	Optional bool   // it may be left out
}

// TemplateOf finds a template by its id.
func TemplateOf(id string) (Template, bool) {
	for _, t := range Templates() {
		if t.ID == id {
			return t, true
		}
	}
	return Template{}, false
}

// Check judges a value while it is typed: nil for a good one, and for none where none is needed.
func (b Blank) Check(value string) *Problem {
	value = strings.TrimSpace(value)
	switch {
	case value == "" && !b.Needed():
		return nil
	case value == "":
		return &Problem{b.Field, "it is needed. " + b.Where, b.Example}
	}
	problem := CheckField(b.Field, value)
	if problem != nil && b.Example != "" {
		problem.Example = b.Example
	}
	return problem
}

// Needed tells whether a profile cannot do without it.
func (b Blank) Needed() bool { return !b.Optional && b.Default == "" }

// Fill makes the profile. The values go by the fields of the blanks; "id" and "client_name" may be among them. The
// error is an *Error about these fields.
func (t Template) Fill(values map[string]string) (Profile, error) {
	p, open, err := t.Draft(values)
	if err != nil {
		return Profile{}, err
	}
	var missing Error
	for _, b := range open {
		missing.Problems = append(missing.Problems, *b.Check(""))
	}
	if len(open) > 0 {
		return Profile{}, &missing
	}
	return p, nil
}

// Draft is Fill where not everything is known yet: what is missing is marked, so that Parse refuses the file with words
// until somebody has filled it in. It also returns the blanks that are left.
func (t Template) Draft(values map[string]string) (p Profile, open []Blank, err error) {
	if err := t.judge(values); err != nil {
		return Profile{}, nil, err
	}
	filled := map[string]string{}
	for _, b := range t.Blanks {
		value := strings.TrimSpace(values[b.Field])
		switch {
		case value == "" && b.Needed():
			open = append(open, b)
			value = toFillIn + b.Label + ">"
		case value == "":
			value = b.Default
		}
		filled[b.Field] = value
	}
	if domain, asked := filled["domain"]; asked {
		filled["issuer"] = "https://" + domain + "/"
		if issuer, reason := auth0Issuer(domain); reason == "" {
			filled["issuer"] = issuer
		}
	}
	p = t.made(filled)
	p.Version, p.ClientID, p.Audience = Version, filled["client_id"], orElse(filled["audience"], p.Audience)
	p.ID, p.ClientName = orElse(values["id"], p.ID), orElse(values["client_name"], p.ClientName)
	var found *Error
	if err := p.Validate(); errors.As(err, &found) && (len(open) == 0 || found.secret) {
		return Profile{}, nil, err
	}
	return p, open, nil
}

// judge looks at what was given, not at what is missing.
func (t Template) judge(values map[string]string) error {
	var all Error
	for _, field := range slices.Sorted(maps.Keys(values)) {
		i := slices.IndexFunc(t.Blanks, func(b Blank) bool { return b.Field == field })
		switch {
		case strings.TrimSpace(values[field]) == "" || field == "id" || field == "client_name":
		case i < 0:
			all.Problems = append(all.Problems, Problem{field, "the template " + t.ID + " does not ask for it", ""})
		default:
			if problem := t.Blanks[i].Check(values[field]); problem != nil {
				all.Problems = append(all.Problems, *problem)
			}
		}
	}
	if len(all.Problems) == 0 {
		return nil
	}
	return &all
}

// toFillIn begins what stands in a draft where something is missing. No address and no client id can have a "<".
const toFillIn = "<fill in: "

// isToFillIn tells such a mark, wherever in a text it stands.
func isToFillIn(s string) bool { return strings.Contains(s, toFillIn) }

func orElse(s, other string) string {
	if s = strings.TrimSpace(s); s != "" {
		return s
	}
	return other
}

// api is what the tokens are for: the addresses that were given, and what to call below the first to see that a token
// is good, unless that was given too; nothing without an address and a lifetime.
func api(v map[string]string, test string, lifetime int) *API {
	bases := strings.Fields(v["api.base_urls"])
	if isToFillIn(v["api.base_urls"]) {
		bases = []string{v["api.base_urls"]}
	}
	a := API{BaseURLs: bases, TestURL: v["api.test_url"], DefaultTokenLifetime: lifetime}
	if a.TestURL == "" && test != "" && len(bases) > 0 {
		a.TestURL = strings.TrimSuffix(bases[0], "/") + test
	}
	if len(bases) == 0 && a.TestURL == "" && lifetime == 0 {
		return nil
	}
	return &a
}

// limit is the monthly_token_limit that was given.
func limit(v map[string]string) int {
	n, _ := strconv.Atoi(v["monthly_token_limit"]) // judged before; none is 0
	return n
}

// tenantProblem judges what becomes one part of a path.
func tenantProblem(s string) string {
	if reason := technical(s); reason != "" {
		return reason
	}
	if !isTenant(s) {
		return "it is one part of an address: letters, digits, hyphen, dot and underscore"
	}
	return ""
}

var isTenant = matcher(`^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$`)

// limitProblem judges a number of tokens.
func limitProblem(s string) string {
	if n, err := strconv.ParseUint(s, 10, 31); err != nil || n == 0 {
		return "it must be a whole number above zero"
	}
	return ""
}

// eachProblem judges addresses with blanks between them.
func eachProblem(s string) string {
	for _, base := range strings.Fields(s) {
		if reason := baseURLProblem(base); reason != "" {
			return reason
		}
	}
	return ""
}
