package oauthflow

import (
	"bytes"
	"cmp"
	"encoding/json"

	"github.com/go-json-experiment/json/jsontext"

	"keyfob/internal/secret"
)

// salvage finds a refresh token in a response that may be wrong in any other way: cut off, too long, of a wrong type,
// with names twice, no JSON at all from some place on. The provider may have made the last one useless by sending it.
// Of two the last counts, as it would for most readers.
func salvage(r response) secret.Text {
	body := bytes.TrimPrefix(r.body, []byte("\xef\xbb\xbf"))
	d := newSalvager(body)
	if start, err := d.ReadToken(); !r.ok() || err != nil || start.Kind() != '{' {
		return secret.Text{}
	}
	found, err := refreshTokenIn(d)
	if err != nil && found.Empty() {
		return scrape(body[d.InputOffset():])
	}
	return found
}

// refreshTokenIn reads the members of an object as far as they can be read.
func refreshTokenIn(d *jsontext.Decoder) (found secret.Text, err error) {
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return found, err
		}
		wanted := name.String() == "refresh_token"
		value, err := d.ReadValue()
		if err != nil {
			return found, err
		}
		if wanted {
			found = cmp.Or(tokenIn(value), found)
		}
	}
	return found, nil
}

// scrape looks for the same in text that is not JSON any more, as in a token with a line break in it.
func scrape(rest []byte) (found secret.Text) {
	for _, after := range bytes.Split(rest, []byte(`"refresh_token"`))[1:] {
		value, ok := bytes.CutPrefix(bytes.TrimSpace(after), []byte(":"))
		if !ok {
			continue
		}
		if s, err := newSalvager(value).ReadValue(); err == nil {
			found = cmp.Or(tokenIn(s), found)
		}
	}
	return found
}

func newSalvager(text []byte) *jsontext.Decoder {
	return jsontext.NewDecoder(bytes.NewReader(text), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// tokenIn is the token that a value holds; empty where it holds none.
func tokenIn(value jsontext.Value) (t secret.Text) {
	if json.Unmarshal(value, &t) != nil || !isToken(t) {
		return secret.Text{}
	}
	return t
}
