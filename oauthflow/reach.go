package oauthflow

import "keyfob/internal/fault"

// Unreachable says why no whole answer came from host, for others that send requests through NewTransport:
// fault.TLSFailure or fault.Offline. The transport's own texts may quote what came instead of an answer; none of that
// is passed on.
func Unreachable(host string, err error) *fault.Error { return unreachable(host, err) }
