package oauthflow

import (
	"bytes"
	"net/http"
	"strconv"

	"keyfob/assets"
	"keyfob/internal/words"
)

// setSecurityHeaders sets the headers of every response: nothing is kept, nothing is passed on, nothing is framed or
// guessed, and a page that opened this one has no hold on its window.
func setSecurityHeaders(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Security-Policy", assets.ResultCSP())
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
}

// refuse responds to a request that is no part of a sign-in, with its status in words.
func refuse(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(http.StatusText(status) + "\n"))
}

func showPage(w http.ResponseWriter, status int, r assets.Result) {
	var page bytes.Buffer
	if err := assets.WriteResult(&page, r); err != nil {
		refuse(w, http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(page.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(page.Bytes())
}

// otherSignIn is what a person sees who comes with an old tab, or from a page that is no part of this sign-in.
func otherSignIn() assets.Result {
	return assets.Result{
		Headline: words.T("callback.stranger.headline"),
		Text:     words.T("callback.stranger.text"),
		Hint:     words.T("callback.stranger.hint"),
	}
}

// alreadyUsed is what a person sees who comes a second time.
func alreadyUsed() assets.Result {
	return assets.Result{Headline: words.T("callback.used.headline"), Text: words.T("callback.used.text")}
}

// resultOf is the outcome of a sign-in as the browser shows it.
func resultOf(app string, err error) assets.Result {
	if err == nil {
		return assets.Result{OK: true, App: app}
	}
	m := words.Of(err)
	return assets.Result{App: app, Text: m.What, Hint: m.Next, Code: m.Code}
}
