package assets

import (
	"cmp"
	_ "embed"
	"html"
	"io"
	"strings"
	"sync"
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

const (
	goodMark = `<svg class="mark good" viewBox="0 0 34 34"><circle cx="17" cy="17" r="15"/>` +
		`<path d="m11 17.5 4.2 4.2 8-8.4"/></svg>`
	badMark = `<svg class="mark bad" viewBox="0 0 34 34"><circle cx="17" cy="17" r="15"/>` +
		`<path d="M17 10v8.5M17 23.4v.1"/></svg>`
)

var resultSheet = sync.OnceValue(func() Sheet { return NewSheet("") })

// ResultCSP is the Content-Security-Policy to send with the page that WriteResult writes.
func ResultCSP() string { return resultSheet().Policy() }

// WriteResult writes the whole page, HTML in UTF-8. Its error is w's.
//
// The page is filled in by hand: html/template would keep the linker from leaving out every method that nobody calls,
// two megabytes of the command line. What may hold another's text goes through escaped, and nowhere else.
func WriteResult(w io.Writer, r Result) error {
	headline, text, mark := "The sign-in did not work", "", badMark
	if r.OK {
		headline, text, mark = "You're signed in to "+r.App, "You can close this tab and go back to Keyfob.", goodMark
	}
	page := strings.NewReplacer(
		"{{headline}}", escaped(cmp.Or(r.Headline, headline)),
		"{{icon}}", IconURL(),
		"{{style}}", resultSheet().CSS,
		"{{drawing}}", appSVG,
		"{{mark}}", mark,
		"{{paragraphs}}", paragraph("<p>", cmp.Or(r.Text, text), "</p>")+
			paragraph(`<p class="hint">`, r.Hint, "</p>")+
			paragraph(`<p class="code"><code>`, r.Code, "</code></p>"),
	)
	_, err := page.WriteString(w, resultHTML) // one pass: what is put in is not looked at again
	return err
}

func paragraph(open, text, end string) string {
	if text == "" {
		return ""
	}
	return open + escaped(text) + end + "\n"
}

// escaped makes text safe between tags and in quoted attributes.
func escaped(text string) string { return html.EscapeString(text) }
