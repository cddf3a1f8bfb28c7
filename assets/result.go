package assets

import (
	"cmp"
	_ "embed"
	"html/template"
	"io"
	"sync"

	"keyfob/internal/words"
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
	resultSheet = sync.OnceValue(func() Sheet { return NewSheet("") })
	resultPage  = sync.OnceValue(func() *template.Template {
		return template.Must(template.New("result").Parse(resultHTML))
	})
)

// ResultCSP is the Content-Security-Policy to send with the page that WriteResult writes.
func ResultCSP() string { return resultSheet().Policy() }

// pageData is what result.html takes. Plain text is escaped; the rest is our own.
type pageData struct {
	Result
	Language, Title string
	Icon            template.HTMLAttr
	Style           template.CSS
	Drawing         template.HTML
}

// WriteResult writes the whole page, HTML in UTF-8. Its error is w's.
func WriteResult(w io.Writer, r Result) error {
	if r.OK {
		r.Headline = cmp.Or(r.Headline, words.T("page.signed-in", "app", r.App))
		r.Text = cmp.Or(r.Text, words.T("page.close-tab"))
	}
	r.Headline = cmp.Or(r.Headline, words.T("page.failed"))
	return resultPage().Execute(w, pageData{
		Result: r, Language: words.Language(), Title: words.T("page.title", "headline", r.Headline),
		Icon:    template.HTMLAttr(`href="` + IconURL() + `"`), //nolint:gosec // our own, as the next two
		Style:   template.CSS(resultSheet().CSS),               //nolint:gosec // see Icon
		Drawing: template.HTML(appSVG),                         //nolint:gosec // see Icon
	})
}
