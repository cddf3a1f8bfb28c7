package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"

	"keyfob/internal/apicall"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
)

// request makes the request of what was typed.
func (c *call) request(ctx context.Context, p profile.Profile, ref string) (*http.Request, error) {
	target, err := apicall.Address(p, ref)
	if err != nil {
		return nil, err
	}
	method := c.method
	switch {
	case method == "" && c.data == "":
		method = http.MethodGet
	case method == "":
		method = http.MethodPost
	}
	body, mediaType, err := c.body()
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, method, target, body)
	if err != nil {
		return nil, misused(fault.UsageNoSuchRequest, "method", method, "address", target)
	}
	if file, is := body.(*os.File); is && c.data != "@-" {
		if info, err := file.Stat(); err == nil && info.Mode().IsRegular() && info.Size() > 0 {
			req.ContentLength = info.Size() // some servers insist on Content-Length
		}
	}
	req.Header.Set("User-Agent", "keyfob")
	if mediaType != "" {
		req.Header.Set("Content-Type", mediaType)
	}
	return req, setHeaders(req.Header, c.headers)
}

// body is what -d gives, with the media type that it seems to have.
func (c *call) body() (body io.Reader, mediaType string, err error) {
	const bytesOfAnyKind = "application/octet-stream"
	name, isFile := strings.CutPrefix(c.data, "@")
	switch {
	case c.data == "":
		return nil, "", nil
	case c.data == "@-":
		return c.t.in, bytesOfAnyKind, nil
	case !isFile:
		return strings.NewReader(c.data), apicall.KindOf(c.data), nil
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, "", misused(fault.UsageFileUnreadable, "path", name)
	}
	if strings.HasSuffix(name, ".json") {
		return file, "application/json", nil
	}
	return file, bytesOfAnyKind, nil
}

// setHeaders sets the headers that were typed. They cannot set a credential, and not what the request itself decides.
func setHeaders(h http.Header, lines []string) error {
	for i, line := range lines {
		name, value, ok := strings.Cut(line, ":")
		canonical := http.CanonicalHeaderKey(strings.ReplaceAll(strings.TrimSpace(name), "_", "-"))
		switch {
		case !ok || name == "" || strings.ContainsFunc(name, notToken) || strings.ContainsFunc(value, control):
			return misused(fault.UsageHeaderForm)
		case slices.Contains([]string{"Authorization", "Proxy-Authorization"}, canonical):
			return misused(fault.UsageHeaderOurs, "header", canonical)
		case slices.Contains([]string{"Host", "Content-Length", "Transfer-Encoding", "Connection"}, canonical):
			return misused(fault.UsageHeaderDerived, "header", canonical)
		case !slices.ContainsFunc(lines[:i], sameName(name)):
			h.Del(name) // the first typed value replaces the default
		}
		h.Add(name, strings.TrimSpace(value))
	}
	return nil
}

func sameName(name string) func(string) bool {
	return func(line string) bool {
		other, _, _ := strings.Cut(line, ":")
		return strings.EqualFold(other, name)
	}
}

// notToken tells which letters a header's name cannot have: those that are not in a token (RFC 9110 §5.6.2).
func notToken(r rune) bool {
	return r <= ' ' || r > '~' || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
}

func control(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }
