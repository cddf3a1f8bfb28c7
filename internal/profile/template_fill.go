package profile

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"keyfob/internal/fault"
	"keyfob/internal/words"
)

// Template is a profile for a provider whose rules are known, with blanks for what differs from one customer to the
// next.
type Template struct {
	ID     string // its name on the command line
	Name   string // the provider's
	about  string // the key of its Explanation
	Blanks []Blank

	// made makes the profile of values that are all there: given, by default, or a mark that one is missing.
	made func(v map[string]string) Profile
}

// Blank is one thing that a template cannot know.
type Blank struct {
	Field    string // of the profile; or "domain" and "tenant", which become part of addresses
	label    string // the keys of its Label, and of Where
	where    string
	Example  string
	Default  string // stands where nothing is given
	Optional bool   // it may be left out
}

// Explanation is what the template is for, on one line.
func (t Template) Explanation() string { return words.T(t.about) }

// Grant is the one that the template's profiles begin with.
func (t Template) Grant() Grant {
	p, _, _ := t.Draft(nil) // a problem would be one of the values, of which there are none
	return p.Grant()
}

// Label is what the blank is called.
func (b Blank) Label() string { return words.T(b.label) }

// Where is what the blank is or where it is found, on one line.
func (b Blank) Where() string { return words.T(b.where) }

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
func (b Blank) Check(value string) *fault.Finding {
	value = strings.TrimSpace(value)
	switch {
	case value == "" && !b.Needed():
		return nil
	case value == "":
		f := withExample(fault.Find(b.Field, fault.ProfileBlankNeeded, "where", b.Where()), b.Example)
		return &f
	}
	found := CheckField(b.Field, value)
	if found != nil && b.Example != "" {
		*found = found.With("example", b.Example)
	}
	return found
}

// Needed tells whether a profile cannot do without it.
func (b Blank) Needed() bool { return !b.Optional && b.Default == "" }

// Fill makes the profile. The values go by the fields of the blanks; "id" and "client_name" may be among them. The
// error is a fault with findings about these fields.
func (t Template) Fill(values map[string]string) (Profile, error) {
	p, open, err := t.Draft(values)
	if err != nil {
		return Profile{}, err
	}
	var missing findings
	for _, b := range open {
		missing.note(*b.Check(""))
	}
	return p, missing.err()
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
			value = toFillIn + b.Label() + ">"
		case value == "":
			value = b.Default
		}
		filled[b.Field] = value
	}
	if domain, asked := filled["domain"]; asked {
		filled["issuer"] = "https://" + domain + "/"
		if issuer, wrong := auth0Issuer(domain); !wrong.found() {
			filled["issuer"] = issuer
		}
	}
	p = t.made(filled)
	p.Version, p.ClientID, p.Audience = Version, filled["client_id"], orElse(filled["audience"], p.Audience)
	p.ID, p.ClientName = orElse(values["id"], p.ID), orElse(values["client_name"], p.ClientName)
	if err := p.Validate(); err != nil && (len(open) == 0 || fault.CodeOf(err) == fault.ProfileSecret) {
		return Profile{}, nil, err
	}
	return p, open, nil
}

// judge looks at what was given, not at what is missing.
func (t Template) judge(values map[string]string) error {
	var all findings
	for _, field := range slices.Sorted(maps.Keys(values)) {
		i := slices.IndexFunc(t.Blanks, func(b Blank) bool { return b.Field == field })
		switch {
		case strings.TrimSpace(values[field]) == "" || field == "id" || field == "client_name":
		case i < 0:
			all.add(field, fault.ProfileNotAsked, "template", t.ID)
		default:
			if found := t.Blanks[i].Check(values[field]); found != nil {
				all.note(*found)
			}
		}
	}
	return all.err()
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
func tenantProblem(s string) flaw {
	if wrong := technical(s); wrong.found() {
		return wrong
	}
	if !isTenant(s) {
		return flaw{reason: fault.ProfileTenant}
	}
	return flaw{}
}

var isTenant = matcher(`^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$`)

// limitProblem judges a number of tokens.
func limitProblem(s string) flaw {
	if n, err := strconv.ParseUint(s, 10, 31); err != nil || n == 0 {
		return flaw{reason: fault.ProfileLimit}
	}
	return flaw{}
}

// eachProblem judges addresses with blanks between them.
func eachProblem(s string) flaw {
	for _, base := range strings.Fields(s) {
		if wrong := baseURLProblem(base); wrong.found() {
			return wrong
		}
	}
	return flaw{}
}
