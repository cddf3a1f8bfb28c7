package fault

import (
	"maps"
	"strings"
)

// Finding is one thing that somebody who judged a file or a form has to say about it: what is wrong with a field, or
// what has changed there. Field and reason choose the words; see words.Finding.
type Finding struct {
	// Field is a member's name as "api.base_urls[1]", cleaned for display. It is empty for the whole file, and
	// HiddenField where the name itself must not be shown.
	Field  string `json:"field,omitempty"`
	Reason Reason `json:"reason"`
	// Args fill the words. They are cleaned for display and never hold a secret.
	Args map[string]string `json:"args,omitempty"`
}

// HiddenField stands for a field whose name looks like a secret.
const HiddenField = "…"

// Find makes a Finding. Args come in pairs: name, value.
func Find(field string, reason Reason, args ...string) Finding {
	return Finding{Field: field, Reason: reason, Args: pairs(args)}
}

// String is for logs and developers; people read words.Finding.
func (f Finding) String() string {
	if f.Field == "" {
		return string(f.Reason)
	}
	return f.Field + ": " + string(f.Reason)
}

// With returns a copy of f that has one more argument, or another value for it.
func (f Finding) With(name, value string) Finding {
	f.Args = with(f.Args, name, value)
	return f
}

// WithFindings returns a copy of e that has the findings.
func (e *Error) WithFindings(findings ...Finding) *Error {
	c := *e
	c.Findings = findings
	return &c
}

// said are the findings on one line.
func said(findings []Finding) string {
	parts := make([]string, len(findings))
	for i, f := range findings {
		parts[i] = f.String()
	}
	return strings.Join(parts, ", ")
}

// with is a copy of args that has one more, or another value for it.
func with(args map[string]string, name, value string) map[string]string {
	c := make(map[string]string, len(args)+1)
	maps.Copy(c, args)
	c[name] = value
	return c
}

// pairs are arguments that come as name, value.
func pairs(args []string) map[string]string {
	if len(args) < 2 {
		return nil
	}
	m := make(map[string]string, len(args)/2)
	for i := 0; i+1 < len(args); i += 2 {
		m[args[i]] = args[i+1]
	}
	return m
}
