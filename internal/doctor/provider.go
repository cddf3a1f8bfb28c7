package doctor

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"os"

	"keyfob/assets"
	"keyfob/internal/display"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/words"
	"keyfob/oauthflow"
)

// way has the checks on the way to a provider.
var way = []look{
	{"proxy", lookupTime, (*visit).throughProxy},
	{"dns", lookupTime, (*visit).dns},
	{"tls", providerTime, (*visit).tls},
	{"clock", providerTime, (*visit).clock},
	{"discovery", providerTime, (*visit).discovery},
	{"jwks", providerTime, (*visit).jwks},
}

// provider does the checks on the way to a profile's provider. After one that failed, the others are not reached.
func (v *visit) provider(ctx context.Context) (checks []*Check) {
	ctx, cancel := context.WithTimeout(ctx, providerTime)
	defer cancel()
	if v.problem != nil {
		c := failed(v.problem)
		c.Name, c.Profile = "profile", v.id
		return append(checks, c)
	}
	p := &v.profile
	asked := p.TokenEndpoint // it has one or the other: it was judged
	if oauthflow.NeedsDiscovery(*p) {
		asked = p.Issuer
	}
	v.at, _ = url.Parse(asked)
	v.host = display.Host(asked)
	v.proxy, v.proxyErr = v.way.base.Proxy(&http.Request{URL: v.at})
	for _, l := range way {
		if v.blocked {
			l.see = notReached
		}
		c := v.examine(ctx, &l)
		v.blocked = v.blocked || c.State == Fail
		checks = append(checks, c)
	}
	return checks
}

func notReached(*visit, context.Context) *Check { return found(Skipped, "doctor.not-reached") }

// throughProxy reports the proxy that net/http uses, and never its password.
func (v *visit) throughProxy(context.Context) *Check {
	switch {
	case v.proxyErr != nil:
		return failed(fault.New(fault.Offline).WithReason(fault.OfflineProxy))
	case v.proxy != nil:
		return found(OK, "doctor.proxy.is", "proxy", v.proxy.Scheme+"://"+display.Host(v.proxy.String()))
	case v.local():
		return found(OK, "doctor.proxy.local")
	case os.Getenv("HTTPS_PROXY")+os.Getenv("https_proxy") != "":
		return found(OK, "doctor.proxy.excepted")
	}
	return found(OK, "doctor.proxy.none")
}

// local tells whether the provider is on this computer, and may do without TLS.
func (v *visit) local() bool { return v.at.Scheme == "http" }

// dns looks up the name of the provider, unless the proxy does.
func (v *visit) dns(ctx context.Context) *Check {
	switch {
	case v.proxy != nil:
		return found(Skipped, "doctor.dns.by-proxy")
	case v.local():
		return found(Skipped, "doctor.dns.local")
	}
	addresses, err := v.lookUp(ctx, v.at.Hostname())
	if err == nil && len(addresses) > 0 {
		return found(OK, "doctor.dns.is", "host", v.at.Hostname(), "address", addresses[0].String())
	}
	cause := errors.New("the name service does not answer")
	if unknown := (*net.DNSError)(nil); errors.As(err, &unknown) && unknown.IsNotFound {
		cause = errors.New("the name was not found")
	}
	return failed(fault.New(fault.Offline, "host", v.host).Because(cause))
}

// tls has oauthflow fetch everything that a sign-in needs. Valid or not, the responses came over TLS and with a date.
// Where a sign-in needs nothing of that, the server is asked for any page.
func (v *visit) tls(ctx context.Context) *Check {
	if v.keys, v.described = v.flow.Discover(ctx, v.profile); v.described == nil {
		v.fetched = v.flow.Prepare(ctx, v.profile)
	}
	err := cmp.Or(v.described, v.fetched)
	if v.described == nil && !v.way.at(v.host).answered {
		err = v.flow.Reach(ctx, v.profile)
	}
	if v.contact = v.way.at(v.host); v.contact.answered {
		return v.contact.secure()
	}
	return v.unreached(err)
}

// unreached reports why no response came, and who signed a certificate that this computer does not accept.
func (v *visit) unreached(err error) *Check {
	v.blocked = true
	if demo, _ := profile.Parse(assets.DemoProfile()); v.profile.Issuer == demo.Issuer {
		c := failed(fault.New(fault.DemoNeedsDesktop))
		c.State = Skipped
		return c
	}
	c := failed(err)
	if v.contact.signer != "" {
		c.Detail = words.T("doctor.tls.signer", "cause", c.Detail, "issuer", v.contact.signer)
	}
	switch {
	case v.contact.foreign && usesCertFile:
		c.Next = words.T("doctor.tls.foreign-or-file", "next", c.Next)
	case v.contact.foreign:
		c.Next = words.T("doctor.tls.foreign", "next", c.Next)
	}
	return c
}

func (v *visit) discovery(context.Context) *Check {
	switch {
	case v.described != nil:
		return failed(v.described)
	case !oauthflow.NeedsDiscovery(v.profile):
		return found(Skipped, "doctor.discovery.none")
	}
	return found(OK, "doctor.discovery.ok")
}

func (v *visit) jwks(context.Context) *Check {
	switch {
	case v.fetched != nil:
		return failed(v.fetched)
	case v.keys == "":
		return found(Skipped, "doctor.jwks.none")
	}
	return found(OK, "doctor.jwks.ok")
}
