package words

import (
	"maps"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"keyfob/internal/fault"
)

// Finding is one thing that was found in a file, on one line: where, what, and perhaps an example.
func Finding(f fault.Finding) string {
	v := findingValues(f)
	if line, ok := current().find("finding."+string(f.Reason)+".line", v); ok { // it says where by itself
		return line
	}
	return T("finding.line", "field", fieldName(f), "what", findingText(f, v), "example", f.Args["example"],
		"line", f.Args["line"], "column", f.Args["column"])
}

// Findings are several of them, one a line.
func Findings(all []fault.Finding) string {
	lines := make([]string, len(all))
	for i, f := range all {
		lines[i] = Finding(f)
	}
	return strings.Join(lines, "\n")
}

// What is a Finding without where it is, and without an example.
func What(f fault.Finding) string { return findingText(f, findingValues(f)) }

// Complaint is a Finding for a form, where the name of the field stands beside it already.
func Complaint(f fault.Finding) string {
	return capital(T("finding.complaint", "what", What(f), "example", strings.Trim(f.Args["example"], `"`)))
}

// within is a Finding within a sentence about a document.
func within(f fault.Finding) string {
	line, column := f.Args["line"], f.Args["column"]
	if f.Field == "" {
		return T("finding.document", "what", What(f), "line", line, "column", column)
	}
	return T("finding.member", "field", fieldName(f), "what", What(f), "line", line, "column", column)
}

func fieldName(f fault.Finding) string {
	switch f.Field {
	case "":
		return T("finding.the-file")
	case fault.HiddenField:
		return T("finding.hidden-field")
	}
	return f.Field
}

func findingText(f fault.Finding, v values) string {
	if text, ok := current().find("finding."+string(f.Reason), v); ok {
		return text
	}
	return string(f.Reason) // of a newer version
}

// findingValues are a finding's arguments as people say them.
func findingValues(f fault.Finding) values {
	v := values{texts: maps.Clone(f.Args)}
	if v.texts == nil {
		v.texts = map[string]string{}
	}
	for _, kind := range []string{"want", "found"} {
		if name := f.Args[kind]; name != "" {
			v.texts[kind] = T("finding.kind." + name)
		}
	}
	for _, number := range []string{"n", "size"} {
		n, err := strconv.ParseInt(f.Args[number], 10, 64)
		if err != nil {
			continue
		}
		if v.n, v.texts[number] = int(n), Number(n); number == "size" {
			v.texts[number] = size(n)
		}
	}
	return v
}

// size is a number of bytes.
func size(n int64) string {
	const kilo = 1024
	if n < kilo {
		return T("finding.bytes", "n", int(n))
	}
	return T("finding.kilobytes", "n", int(n/kilo))
}

// capital makes the first letter a capital.
func capital(s string) string {
	first, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[n:]
}
