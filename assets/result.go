package assets

import (
	_ "embed"
	"html/template"
	"io"
)

// Result is what the browser's page says when a sign-in has ended. Every field is plain text and is escaped.
type Result struct {
	OK       bool   // signed in
	App      string // the profile's name
	Headline string // what happened; empty: the usual words for OK
	Text     string // why, or what now; empty: that the tab may be closed, if OK
	Hint     string // what to do about it
	Code     string // the short code of a failure, for support
}

//go:embed result.html
var resultHTML string

var (
	resultSheet = NewSheet("")
	resultPage  = template.Must(template.New("result").Funcs(resultSheet.PageFuncs()).Parse(resultHTML))
)

// ResultCSP is the Content-Security-Policy to send with the page that WriteResult writes.
var ResultCSP = resultSheet.Policy()

// WriteResult writes the whole page, HTML in UTF-8. Its error is w's.
func WriteResult(w io.Writer, r Result) error { return resultPage.Execute(w, r) }
