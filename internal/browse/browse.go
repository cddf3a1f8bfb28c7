// Package browse is the one opener of URLs: no other place hands a string to the system's opener.
//
// The opener is a shell's on some systems and takes any string on all of them, so only a URL that has passed Check
// gets there. It is a leaf: of ours it imports internal/fault.
package browse

import (
	"context"
	"errors"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/pkg/browser"

	"keyfob/internal/fault"
)

const (
	// longest is more than any authorization request needs, and less than what openers and browsers begin to cut.
	longest = 8 << 10
	// grace is how long an opener may take to say that it failed. One that runs on (some run as long as the browser)
	// has opened it.
	grace = 5 * time.Second
)

func init() {
	// The library writes the opener's chatter into our own output, where a script may be reading a token. Without a
	// writer the opener gets the null device; with any other, waiting for it would wait for the browser.
	browser.Stdout, browser.Stderr = nil, nil
}

// Open shows rawURL in the person's browser, and returns when the opener has ended, when it has run long enough to
// have worked, or when ctx ends. The error is fault.BrowserFailed: the caller shows the link as well, in any case.
func Open(ctx context.Context, rawURL string) error {
	if err := Check(rawURL); err != nil {
		return fault.New(fault.BrowserFailed).Because(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- browser.OpenURL(rawURL) }()
	patience := time.NewTimer(grace)
	defer patience.Stop()
	select {
	case err := <-ended:
		if err != nil {
			return fault.New(fault.BrowserFailed).Because(err)
		}
		return nil
	case <-patience.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Check tells whether rawURL may be given to the system's opener: an absolute https URL, or http to this computer,
// with a host, without user information, in printable ASCII, and not longer than 8 KB. The error does not repeat it.
func Check(rawURL string) error {
	if len(rawURL) > longest {
		return errors.New("the address is longer than 8 KB")
	}
	if strings.ContainsFunc(rawURL, odd) {
		return errors.New("the address has characters that none may have")
	}
	u, err := url.Parse(rawURL)
	switch {
	case err != nil:
		return errors.New("the address cannot be read")
	case u.Hostname() == "" || u.User != nil || u.Opaque != "" || strings.ContainsFunc(u.Host, odd):
		return errors.New("the address has no plain host")
	case u.Scheme == "https", u.Scheme == "http" && loopback(u.Hostname()):
		return nil
	}
	return errors.New("the address is neither https nor on this computer")
}

// odd tells characters that no URL has; in a host they may stand as "%XX".
func odd(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("\"<>\\^`{|}", r) }

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.IsLoopback() && ip.Zone() == ""
}
