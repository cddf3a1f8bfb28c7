package localapi

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"strconv"

	"keyfob/internal/strictjson"
)

const (
	bodyBytes    = 4 << 10   // of an ordinary request's body
	policyBytes  = 64 << 10  // of who may have tokens: a hundred paths
	profileBytes = 256 << 10 // of a profile file
)

func decodeBody(r *http.Request, v any) error { return decodeLong(r, bodyBytes, v) }

func decodeLong(r *http.Request, limit int, v any) error {
	data, err := readBody(r, limit)
	if err != nil || len(data) == 0 {
		return err // nothing said: the zero value is the default
	}
	return decode(data, limit, v)
}

func decode(data []byte, limit int, v any) error {
	if err := strictjson.DecodeKnown(data, limit, v); err != nil {
		return badRequest("the body: " + err.Error())
	}
	return nil
}

// decodeToken is decodeBody for the request that must be fast.
func decodeToken(r *http.Request) (asked tokenRequest, err error) {
	data, err := readBody(r, bodyBytes)
	if err != nil || len(data) == 0 || asked.plain(data) {
		return asked, err
	}
	return asked, decode(data, bodyBytes, &asked)
}

// plain reads what nearly all callers send, {"min_ttl":60}, also with a blank, which takes a fraction of what the
// strict decoder takes. It is false, and nothing was read, for whatever else there is: right or wrong, the strict
// decoder has the say.
func (t *tokenRequest) plain(body []byte) bool {
	number, begun := bytes.CutPrefix(body, []byte(`{"min_ttl":`))
	number, ended := bytes.CutSuffix(bytes.TrimPrefix(number, []byte(" ")), []byte("}"))
	if !begun || !ended || len(number) == 0 || len(number) > len("86400") || number[0] == '0' {
		return false
	}
	var n int64
	for _, c := range number {
		if c < '0' || c > '9' {
			return false
		}
		n = 10*n + int64(c-'0')
	}
	t.MinTTL = n
	return true
}

// readBody reads a body that says how long it is: gate has refused the others.
func readBody(r *http.Request, limit int) ([]byte, error) {
	if r.ContentLength > int64(limit) {
		reason := "the body is larger than " + strconv.Itoa(limit) + " bytes"
		return nil, &refusal{http.StatusRequestEntityTooLarge, reason}
	}
	data, err := readWhole(r)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, &refusal{http.StatusRequestTimeout, "the body did not arrive in time"}
	case err != nil:
		return nil, badRequest("the body is not whole")
	}
	return data, nil
}

// readWhole trusts an ordinary length. A longer one gets memory for what has come, not for what is said to come.
func readWhole(r *http.Request) ([]byte, error) {
	if r.ContentLength > bodyBytes {
		return io.ReadAll(r.Body)
	}
	data := make([]byte, r.ContentLength)
	_, err := io.ReadFull(r.Body, data)
	return data, err
}
