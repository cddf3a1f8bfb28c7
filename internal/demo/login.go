package demo

import (
	_ "embed"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"github.com/luikyv/go-oidc/pkg/goidc"

	"keyfob/assets"
	"keyfob/internal/words"
)

// person is one of the demo's users.
type person struct {
	Subject, Name, Email string
	denied               string // why the provider does not let this one in; "" if it does
}

// Note is what the page says beside the name.
func (p person) Note() string {
	if p.denied != "" {
		return words.T("demo.login.is-turned-away")
	}
	return words.T("demo.login.may-sign-in")
}

var people = []person{
	{Subject: "demo|jane", Name: "Jane Doe", Email: "jane@demo.keyfob.invalid"},
	{Subject: "demo|max", Name: "Max Denied", Email: "max@demo.keyfob.invalid",
		denied: "Max has no seat in this demo. Jane has one."},
}

func personBySubject(subject string) (person, bool) {
	for _, p := range people {
		if p.Subject == subject {
			return p, true
		}
	}
	return person{}, false
}

// claimsOf says about a subject what the scopes allow (OpenID Connect Core, section 5.4).
func claimsOf(subject, scopes string) map[string]any {
	who, _ := personBySubject(subject)
	claims := map[string]any{}
	for scope := range strings.FieldsSeq(scopes) {
		switch scope {
		case goidc.ScopeProfile.ID:
			claims["name"] = who.Name
		case goidc.ScopeEmail.ID:
			claims["email"], claims["email_verified"] = who.Email, true
		}
	}
	return claims
}

// audienceKey is where a session, and the grant that comes of it, keep the audience.
const audienceKey = "audience"

// loginPolicy shows the page, and takes the choice that is made there. The browser has no session: each sign-in asks
// again.
func loginPolicy(issuer string) goidc.AuthnPolicy {
	always := func(*http.Request, *goidc.AuthnSession, *goidc.Client) bool { return true }
	login := func(w http.ResponseWriter, r *http.Request, s *goidc.AuthnSession, _ *goidc.Client) (goidc.Status, error) {
		if r.PathValue("callback") == "" {
			return begin(w, r, s, audience(issuer))
		}
		return choose(w, r, s)
	}
	return goidc.NewPolicy("login", always, login)
}

// begin judges what Auth0 adds to an authorization request, and shows the page.
func begin(w http.ResponseWriter, r *http.Request, s *goidc.AuthnSession, api string) (goidc.Status, error) {
	switch asked := r.FormValue("audience"); {
	case asked == "":
		return refuse(goidc.ErrorCodeInvalidRequest, "the audience parameter is required")
	case asked != api:
		return refuse(goidc.ErrorCodeAccessDenied, "Service not found: "+asked)
	case s.Prompt == goidc.PromptTypeNone:
		return refuse(goidc.ErrorCodeLoginRequired, "Login required")
	}
	s.Store[audienceKey] = api
	return showLogin(w, s)
}

// choose takes the button that was pressed.
func choose(w http.ResponseWriter, r *http.Request, s *goidc.AuthnSession) (goidc.Status, error) {
	who, known := personBySubject(r.PostFormValue("person"))
	if !known {
		return showLogin(w, s)
	}
	if who.denied != "" {
		return refuse(goidc.ErrorCodeAccessDenied, who.denied)
	}
	s.Subject, s.Username, s.GrantedScopes = who.Subject, who.Email, s.Scopes
	return goidc.StatusSuccess, nil
}

func refuse(code goidc.ErrorCode, why string) (goidc.Status, error) {
	return goidc.StatusFailure, goidc.NewError(code, why)
}

var (
	//go:embed login.html
	loginHTML string
	//go:embed login.css
	loginCSS string

	loginSheet = assets.NewSheet(loginCSS)
	loginPage  = template.Must(template.New("login").Funcs(template.FuncMap{
		"style":   func() template.CSS { return template.CSS(loginSheet.CSS) },        //nolint:gosec // built in
		"icon":    func() template.URL { return template.URL(assets.IconURL()) },      //nolint:gosec // built in
		"drawing": func() template.HTML { return template.HTML(assets.AppIconSVG()) }, //nolint:gosec // built in
	}).Parse(loginHTML))
	loginCSP = loginSheet.Policy(append([]string{"'self'"}, callbackOrigins()...)...)
)

// callbackOrigins are where the form may lead: the response to it is a redirect to the client.
func callbackOrigins() []string {
	var origins []string
	for _, uri := range redirectURIs {
		u, _ := url.Parse(uri)
		origins = append(origins, u.Scheme+"://"+u.Host)
	}
	return origins
}

func showLogin(w http.ResponseWriter, s *goidc.AuthnSession) (goidc.Status, error) {
	pageHeaders(w, loginCSP, http.StatusOK)
	err := loginPage.Execute(w, map[string]any{
		"Title":    words.T("demo.login.title"),
		"Tag":      words.T("demo.login.tag"),
		"Headline": words.T("demo.login.headline"),
		"Text":     words.T("demo.login.text"),
		"People":   people,
		"Action":   "/authorize/" + s.ID,
	})
	return goidc.StatusPending, err
}

// showError is the page for a request that cannot be sent back to the client.
func showError(w http.ResponseWriter, _ *http.Request, err error) error {
	var e goidc.Error
	if !errors.As(err, &e) {
		pageHeaders(w, assets.ResultCSP(), http.StatusInternalServerError)
		return assets.WriteResult(w, assets.Result{
			Headline: words.T("demo.failed.headline"), Hint: words.T("demo.failed.hint"),
		})
	}
	result := assets.Result{
		Headline: words.T("demo.bad-link.headline"),
		Text:     words.T("demo.bad-link.text"),
		Hint:     words.T("demo.bad-link.hint"),
		Code:     string(e.Code),
	}
	if strings.Contains(e.Description, "redirect_uri") { // Auth0's "Callback URL mismatch"
		result.Text = words.T("demo.bad-callback.text")
		result.Hint = words.T("demo.bad-callback.hint", "addresses", strings.Join(redirectURIs, ", "))
	}
	pageHeaders(w, assets.ResultCSP(), http.StatusBadRequest)
	return assets.WriteResult(w, result)
}

// logoutPolicy has nothing to end: the demo keeps no session in the browser.
func logoutPolicy() goidc.LogoutPolicy {
	always := func(*http.Request, *goidc.LogoutSession) bool { return true }
	end := func(http.ResponseWriter, *http.Request, *goidc.LogoutSession) (goidc.Status, error) {
		return goidc.StatusSuccess, nil
	}
	return goidc.NewLogoutPolicy("logout", always, end)
}

func showSignedOut(w http.ResponseWriter, _ *http.Request, _ *goidc.LogoutSession) error {
	pageHeaders(w, assets.ResultCSP(), http.StatusOK)
	return assets.WriteResult(w, assets.Result{
		OK: true, Headline: words.T("demo.signed-out.headline"), Text: words.T("demo.signed-out.text"),
	})
}

func pageHeaders(w http.ResponseWriter, policy string, status int) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", policy)
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
}
