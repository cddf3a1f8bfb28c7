// Package challenge reads WWW-Authenticate: what a server that refused a request says it wants, and why (RFC 9110
// §11.6.1; RFC 6750 §3 for the reasons of OAuth).
//
// The field is a list of lists with one comma for both, comes from whoever answered, and is often written by hand. So
// what cannot be read is left out, up to its next comma, and the rest still counts; and there is an end to how much of
// it is read. Values are as they were sent: whoever shows one passes it through internal/display first.
//
// It is a leaf: it imports nothing of ours.
package challenge
