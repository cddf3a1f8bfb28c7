package hostile

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
)

// None is the name of behaving well.
const None = "none"

// Misbehaviour is one entry of the closed list.
type Misbehaviour struct {
	Name  string
	Cases string // numbers of the catalogue of attacks and faults, space-separated
	About string // what the provider does wrong
}

// trick is a misbehaviour with what it takes. Each function is one place where a provider can do wrong; nil is right.
type trick struct {
	name, cases, about string

	at      string // the path whose whole response is replaced by respond
	respond func(p *Provider, w http.ResponseWriter, r *http.Request)

	describe    func(p *Provider, m map[string]any)          // changes the metadata
	publish     func(p *Provider, keys []any) []any          // changes the key set
	callback    func(p *Provider, asked, back url.Values)    // changes what goes back through the browser
	anyVerifier bool                                         // PKCE is not checked
	claims      func(c map[string]any, refreshed bool)       // changes what the ID token says
	sign        func(p *Provider, c map[string]any) string   // makes the ID token
	tokens      func(m map[string]any)                       // changes a token response
	write       func(w http.ResponseWriter, response []byte) // sends a token response
}

// tricks is the closed list.
var tricks = slices.Concat(discoveryTricks, keyTricks, callbackTricks, tokenTricks, idTokenTricks)

// All is the closed list.
func All() []Misbehaviour {
	var all []Misbehaviour
	for _, t := range tricks {
		all = append(all, Misbehaviour{t.name, t.cases, t.about})
	}
	return all
}

// Misbehave does wrong by that name from now on, instead of what was wrong before; None is right.
func (p *Provider) Misbehave(name string) error {
	i := slices.IndexFunc(tricks, func(t trick) bool { return t.name == name })
	if i < 0 && name != None {
		return fmt.Errorf("hostile: there is no misbehaviour %q", name)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now = trick{}
	if i >= 0 {
		p.now = tricks[i]
	}
	return nil
}
