package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"sync"
	"time"

	"keyfob/internal/display"
	"keyfob/internal/fault"
	"keyfob/internal/words"
)

// clockLimit is how far two clocks may differ: as much as oauthflow allows for the times in an ID token.
const clockLimit = time.Minute

// usesCertFile tells systems on which crypto/x509 reads SSL_CERT_FILE and SSL_CERT_DIR.
const usesCertFile = runtime.GOOS != "windows" && runtime.GOOS != "darwin"

// witness is a transport below oauthflow's. Of each host it keeps the first response or, as long as there is none, the
// certificate that was refused.
type witness struct {
	base *http.Transport

	mu   sync.Mutex
	seen map[string]contact // by display.Host
}

// contact is what any response of a host tells, whatever its body is.
type contact struct {
	answered bool
	tls      *tls.ConnectionState // nil without TLS
	dated    bool                 // the response has a date
	ahead    time.Duration        // how far its clock is ahead of ours
	signer   string               // of a certificate that was refused
	foreign  bool                 // it was refused because this computer does not know the signer
}

// RoundTrip implements http.RoundTripper.
func (w *witness) RoundTrip(req *http.Request) (*http.Response, error) {
	began := time.Now()
	res, err := w.base.RoundTrip(req)
	c := contact{answered: err == nil, signer: signerOf(err), foreign: errors.As(err, new(x509.UnknownAuthorityError))}
	if err == nil {
		c.tls = res.TLS
		c.ahead, c.dated = ahead(res.Header, began.Add(time.Since(began)/2))
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if host := display.Host(req.URL.String()); !w.seen[host].answered {
		w.seen[host] = c
	}
	return res, err
}

func (w *witness) at(host string) contact {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.seen[host]
}

// ahead reads the clock of the other side. A cache in between sends the date of the response that it has, and its age
// (RFC 9111 §5.1).
func ahead(h http.Header, now time.Time) (time.Duration, bool) {
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return 0, false
	}
	if age, err := strconv.ParseUint(h.Get("Age"), 10, 31); err == nil {
		date = date.Add(time.Duration(age) * time.Second)
	}
	return date.Sub(now), true
}

// signerOf is who signed the certificate that was refused.
func signerOf(err error) string {
	var refused *tls.CertificateVerificationError
	if !errors.As(err, &refused) || len(refused.UnverifiedCertificates) == 0 {
		return ""
	}
	return called(refused.UnverifiedCertificates[0].Issuer)
}

// called is the name of somebody in a certificate, cleaned.
func called(n pkix.Name) string {
	const longest = 60
	name := n.CommonName
	if name == "" && len(n.Organization) > 0 {
		name = n.Organization[0]
	}
	return display.Clean(name, longest)
}

// secure reports the version of TLS and who signed the certificate. Where a company reads along, that is the company.
func (c contact) secure() *Check {
	if c.tls == nil {
		return found(Skipped, "doctor.tls.local")
	}
	chain := c.tls.VerifiedChains[0]
	version, issuer := tls.VersionName(c.tls.Version), called(chain[0].Issuer)
	root := called(chain[len(chain)-1].Subject)
	if root == issuer {
		root = ""
	}
	if usesCertFile && os.Getenv("SSL_CERT_FILE")+os.Getenv("SSL_CERT_DIR") != "" {
		return found(OK, "doctor.tls.ok-by-file", "version", version, "issuer", issuer, "root", root)
	}
	return found(OK, "doctor.tls.ok", "version", version, "issuer", issuer, "root", root)
}

// clock compares the clocks, because ours judges certificates, ID tokens and the life of access tokens.
func (v *visit) clock(context.Context) *Check {
	off, reason := v.contact.ahead, fault.ClockBehind
	if off < 0 {
		off, reason = -off, fault.ClockAhead
	}
	switch {
	case !v.contact.dated:
		return found(Skipped, "doctor.clock.unknown")
	case off < 1500*time.Millisecond: // a Date is in whole seconds
		return found(OK, "doctor.clock.same", "host", v.host)
	case off.Round(time.Second) > clockLimit:
		c := failed(fault.New(fault.ClockWrong, "apart", off.String(), "host", v.host).WithReason(reason))
		c.State = Warn
		return c
	case reason == fault.ClockAhead:
		return found(OK, "doctor.clock.ahead", "apart", words.Roughly(off), "host", v.host)
	}
	return found(OK, "doctor.clock.behind", "apart", words.Roughly(off), "host", v.host)
}
