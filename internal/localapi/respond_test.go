package localapi

import (
	"bufio"
	"io"
	"net/http"
	"strings"
	"testing"

	"keyfob/internal/fault"
	"keyfob/internal/secret"
)

// TestEveryAnswerSaysItsLength: who reads it with a few lines of code of their own need not know of chunks.
func TestEveryAnswerSaysItsLength(t *testing.T) {
	k := newFakeKeeper()
	path := serve(t, Options{Keeper: k}).path
	for size := 1800; size < 2200; size += 7 {
		long := strings.Repeat("x", size)
		if k.access.Token, k.err = secret.New(long), nil; size%2 == 0 {
			k.err = fault.New(fault.BadProfile, "problems", long) // a refusal says it too
		}
		conn := connect(t, path)
		_, _ = io.WriteString(conn, "POST /v1/profiles/rhythm/token HTTP/1.1\r\nHost: keyfob\r\nConnection: close\r\n\r\n")
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		if err != nil || len(body) < size || res.ContentLength != int64(len(body)) || len(res.TransferEncoding) > 0 {
			t.Errorf("of %d bytes it says %d and %q: %v", len(body), res.ContentLength, res.TransferEncoding, err)
		}
	}
}
