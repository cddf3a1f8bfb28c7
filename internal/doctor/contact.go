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
)

// clockLimit is how far two clocks may be apart: as far as oauthflow lets the times of an ID token be.
const clockLimit = time.Minute

// usesCertFile tells systems on which crypto/x509 reads SSL_CERT_FILE and SSL_CERT_DIR.
const usesCertFile = runtime.GOOS != "windows" && runtime.GOOS != "darwin"

// witness sees what passes beneath oauthflow's door: of each host the first answer or, as long as there is none, the
// certificate that was refused.
type witness struct {
	base *http.Transport

	mu   sync.Mutex
	seen map[string]contact // by display.Host
}

// contact is what any answer tells, before anybody reads it.
type contact struct {
	answered bool
	tls      *tls.ConnectionState // nil without TLS
	dated    bool                 // it told the time
	ahead    time.Duration        // how far its clock is ahead of ours
	signer   string               // of a certificate that was refused
	foreign  bool                 // because nobody here knows the signer
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

// ahead reads the other side's clock. A cache in between sends the time at which it got the answer, and for how long it
// has had it (RFC 9111 §5.1).
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

// signerOf is who signed the certificate for which a connection was refused.
func signerOf(err error) string {
	var refused *tls.CertificateVerificationError
	if !errors.As(err, &refused) || len(refused.UnverifiedCertificates) == 0 {
		return ""
	}
	return called(refused.UnverifiedCertificates[0].Issuer)
}

// called is what people call somebody in a certificate, cleaned.
func called(n pkix.Name) string {
	const longest = 60
	name := n.CommonName
	if name == "" && len(n.Organization) > 0 {
		name = n.Organization[0]
	}
	return display.Clean(name, longest)
}

// secure tells how the connection was made and who vouches for the other side: where a company reads along, that is the
// company.
func (c contact) secure() *Check {
	if c.tls == nil {
		return found(Skipped, "none: it is on this computer")
	}
	chain := c.tls.VerifiedChains[0]
	text := tls.VersionName(c.tls.Version) + ", signed by " + called(chain[0].Issuer)
	if root := called(chain[len(chain)-1].Subject); root != called(chain[0].Issuer) {
		text += " under " + root
	}
	if usesCertFile && os.Getenv("SSL_CERT_FILE")+os.Getenv("SSL_CERT_DIR") != "" {
		text += ", by the certificates of SSL_CERT_FILE or SSL_CERT_DIR"
	}
	return found(OK, text)
}

// clock compares the clocks. Certificates, ID tokens and the life of access tokens are judged by ours.
func (v *visit) clock(context.Context) *Check {
	off, way := v.contact.ahead, "behind"
	if off < 0 {
		off, way = -off, "ahead of"
	}
	apart := "it is " + roughly(off) + " " + way + " that of " + v.host
	switch {
	case !v.contact.dated:
		return found(Skipped, "nobody told the time")
	case off < 1500*time.Millisecond: // a Date is in whole seconds
		return found(OK, "the same as that of "+v.host)
	case off.Round(time.Second) <= clockLimit:
		return found(OK, apart)
	}
	c := failed(fault.New(fault.ClockWrong, "reason", apart))
	c.State = Warn
	return c
}

// roughly is a time as a person says it, in the largest unit of which there are two.
func roughly(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < 2*time.Minute:
		return inUnits(d, time.Second, "seconds")
	case d < 2*time.Hour:
		return "about " + inUnits(d, time.Minute, "minutes")
	case d < 2*day:
		return "about " + inUnits(d, time.Hour, "hours")
	}
	return "about " + inUnits(d, day, "days")
}

func inUnits(d, unit time.Duration, name string) string {
	return strconv.FormatInt(int64(d.Round(unit)/unit), 10) + " " + name
}
