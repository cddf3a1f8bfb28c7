package localapi

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"path"
	"strconv"
	"strings"
	"time"

	"keyfob/internal/fault"
	"keyfob/internal/localapi/wire"
	"keyfob/internal/strictjson"
)

const (
	bodyBytes    = 4 << 10   // of an ordinary request's body
	secretBytes  = 25 << 10  // of a client's secret: 4,096 bytes, of which JSON may write each as six
	policyBytes  = 64 << 10  // of who may have tokens: a hundred paths
	profileBytes = 256 << 10 // of a profile file
	idBytes      = 64        // of a profile's id
)

// longBodies are the routes with more than an ordinary body.
var longBodies = map[string]int{
	"POST /v1/profiles":             profileBytes,
	"POST /v1/profiles/{id}/secret": secretBytes,
	"PUT /v1/profiles/{id}/access":  policyBytes,
}

// check handles every request before its route does. It sets the deadline for the body, also for the body of a request
// that is refused, because net/http reads that one before the next request.
func (s *Server) check(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store") // RFC 6750, section 5.3
		if r.ContentLength != 0 {
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyLimit))
		}
		// A connection ends with this request if its body has no length, since its end is then not certain (RFC 9112,
		// section 6.1), and if connections are scarce.
		if c := connOf(r.Context()); r.ContentLength < 0 || c != nil && c.conns.scarce() {
			w.Header().Set("Connection", "close")
		}
		if err := misfit(r); err != nil {
			s.refuse(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// misfit returns what is wrong with a request, whatever it asks for; nil if nothing is.
//
//   - A browser may be led to the socket, for example by an extension. Then it names the page in Origin or Referer, or
//     tells of it in Sec-Fetch-Site. No tool does.
//   - The host name is checked against DNS rebinding, as on all servers of ours.
//   - A body must have a length. All of ours are short, and a body in chunks may come with a second length, which
//     net/http does not show.
func misfit(r *http.Request) error {
	_, origin := r.Header["Origin"]
	_, referer := r.Header["Referer"]
	_, fetch := r.Header["Sec-Fetch-Site"] // Sec-Fetch-Mode alone is sent by Node as well
	switch {
	case origin || referer || fetch:
		return refused(http.StatusForbidden, fault.UsageWebPage)
	case r.Host != wire.Host:
		return refused(http.StatusMisdirectedRequest, fault.UsageHost, "host", wire.Host)
	case r.ContentLength < 0:
		return refused(http.StatusLengthRequired, fault.UsageNoLength)
	case !strings.HasPrefix(r.URL.Path, "/") || path.Clean(r.URL.Path) != r.URL.Path: // the mux would redirect it
		return refused(http.StatusNotFound, fault.UsageNoRequest)
	}
	return nil
}

// receive reads the whole body before it calls h, whether h needs it or not, and lifts the deadline. So the time that
// a response takes does not count.
func (s *Server) receive(limit int, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength > 0 {
			data, err := readBody(r, limit)
			if err != nil {
				s.refuse(w, r, err)
				return
			}
			_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
			r.Body = io.NopCloser(bytes.NewReader(data))
		} else {
			r.Body = http.NoBody
		}
		h.ServeHTTP(w, r)
	})
}

func readBody(r *http.Request, limit int) ([]byte, error) {
	if r.ContentLength > int64(limit) {
		most := strconv.Itoa(limit)
		return nil, refused(http.StatusRequestEntityTooLarge, fault.UsageBodyTooLarge, "bytes", most)
	}
	data, err := io.ReadAll(r.Body)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, refused(http.StatusRequestTimeout, fault.UsageBodyTooSlow)
	case err != nil:
		return nil, badRequest(fault.UsageBodyCut)
	}
	return data, nil
}

// decode reads the body into v, as strictly as a profile. An empty body leaves v as it is.
func decode(r *http.Request, v any) error {
	data, err := io.ReadAll(r.Body)
	if err != nil || len(data) == 0 {
		return err
	}
	if err := strictjson.DecodeKnown(data, len(data), v); err != nil {
		return &refusal{http.StatusBadRequest, fault.New(fault.BadUsage).WithReason(fault.UsageBody).
			WithFindings(strictjson.Finding(err))}
	}
	return nil
}

// profileID returns the id in the path. It refuses texts that cannot be an id and could do harm where they are shown.
// The Keeper tells whether there is such a profile.
func profileID(r *http.Request) (string, error) {
	id := r.PathValue("id")
	odd := func(c rune) bool { return c <= ' ' || c > '~' }
	if len(id) > idBytes || strings.ContainsFunc(id, odd) {
		return "", badRequest(fault.UsageProfileID)
	}
	return id, nil
}
