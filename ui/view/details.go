package view

import (
	"slices"
	"strings"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/words"
)

// Detail is one line of what lies under "Details".
type Detail struct{ Label, Value string }

// Details are the technical side of an account: for support, exact where the card speaks as people do.
func Details(a account.Account, agent account.Agent, err error, now time.Time) []Detail {
	d := append(Causes(a, err),
		Detail{words.T("ui.details.account"), a.ID}, Detail{words.T("ui.details.service"), a.Issuer},
		Detail{words.T("ui.details.support"), strings.Join(a.Support, ", ")},
		Detail{words.T("ui.details.state"), string(a.Status)})
	if a.Who != nil {
		d = append(d, Detail{words.T("ui.details.subject"), a.Who.Subject}, Detail{words.T("ui.details.name"), a.Who.Name},
			Detail{words.T("ui.details.email"), a.Who.Email}, Detail{words.T("ui.details.organization"), a.Who.Organization})
	}
	d = append(d, Detail{words.T("ui.details.access-until"), words.Exactly(a.Until)},
		Detail{words.T("ui.details.renewed-at"), words.Exactly(a.RenewsBy)})
	d = append(d, clientDetails(a, now)...)
	d = append(d, keptDetails(a)...)
	if a.Attempt != nil {
		d = append(d, Detail{words.T("ui.details.callback"), a.Attempt.RedirectURI})
	}
	d = append(d, About(agent)...)
	return slices.DeleteFunc(d, isEmpty)
}

func isEmpty(d Detail) bool { return d.Value == "" }

// clientDetails are what support asks about an account that has a client's secret.
func clientDetails(a account.Account, now time.Time) (d []Detail) {
	switch {
	case a.Can(account.ActForgetSecret):
		d = append(d, Detail{words.T("ui.details.secret"), words.T("ui.details.secret-held")})
	case a.Can(account.ActSetSecret):
		d = append(d, Detail{words.T("ui.details.secret"), words.T("ui.details.secret-none")})
	}
	d = append(d, Detail{words.T("ui.details.asked-for"), words.CountedFor(a, now)})
	for _, q := range words.QuotasOf(a) {
		d = append(d, Detail{words.T("ui.details.quota", "name", q.Name), words.Quota(q, now)})
	}
	return d
}

// keptDetails are where what is held of a session lies.
func keptDetails(a account.Account) []Detail {
	if !a.Status.HasSession() {
		return nil
	}
	where := words.T("ui.details.in-keychain")
	if !a.Saved {
		where = words.T("ui.details.in-memory")
	}
	if a.Can(account.ActSetSecret) {
		return []Detail{{words.T("ui.details.secret-kept"), where}}
	}
	return []Detail{{words.T("ui.details.sign-in-kept"), where}}
}

// About is what support asks first.
func About(agent account.Agent) []Detail {
	return []Detail{{words.T("ui.details.version"), agent.Version}, {words.T("ui.details.log"), agent.Log}}
}

// Causes are all that is wrong, with the codes.
func Causes(a account.Account, err error) (d []Detail) {
	var all []words.Message
	if s := words.Status(a); s.Code != "" {
		all = append(all, words.Message{What: s.Text, Code: s.Code, Detail: s.Detail})
	}
	all = append(all, words.Besides(a)...)
	if m := words.Of(err); !slices.ContainsFunc(all, func(o words.Message) bool { return o.Code == m.Code }) {
		all = append(all, m)
	}
	for _, m := range all {
		d = append(d, Detail{words.T("ui.details.what"), m.What}, Detail{words.T("ui.details.code"), m.Code},
			Detail{words.T("ui.details.cause"), m.Detail})
	}
	return slices.DeleteFunc(d, isEmpty)
}
