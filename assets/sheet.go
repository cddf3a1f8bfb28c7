package assets

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"reflect"
	"strings"
)

//go:embed page.css
var pageCSS string

// Sheet is the style of a page, for its one <style> element, and the policy that allows this very text and nothing
// else: no script, no frame, no request to anywhere. Pictures may be data: URLs (the tab's icon).
type Sheet struct{ CSS string }

// NewSheet is the look that all pages share, with rules of the page's own.
func NewSheet(rules string) Sheet {
	css := strings.NewReplacer("{{Light}}", variables(Light), "{{Dark}}", variables(Dark)).Replace(pageCSS)
	return Sheet{css + rules}
}

// Policy is the Content-Security-Policy for a page with this style whose forms may lead to formTargets. Browsers hold
// a form's redirects to that list too.
func (s Sheet) Policy(formTargets ...string) string {
	hash := sha256.Sum256([]byte(s.CSS))
	forms := "'none'"
	if len(formTargets) > 0 {
		forms = strings.Join(formTargets, " ")
	}
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "'; img-src data:; " +
		"base-uri 'none'; form-action " + forms + "; frame-ancestors 'none'"
}

// variables writes a palette as CSS custom properties: --background, --onaccent …
func variables(p Palette) string {
	var css strings.Builder
	fields := reflect.ValueOf(p)
	for i := range fields.NumField() {
		name := strings.ToLower(fields.Type().Field(i).Name)
		fmt.Fprintf(&css, "--%s: %s; ", name, fields.Field(i).Interface())
	}
	return css.String()
}

// IconURL is the application's icon for a page's <link rel="icon">: with it, no browser asks for /favicon.ico.
func IconURL() string {
	return "data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString([]byte(smallSVG))
}
