// Package e2e tests Keyfob as a person uses it: the programs as they are built, in a real window, with a real browser,
// a real provider and a real keychain. The stage package stands all of it up; provider holds the OpenID provider.
//
// The programs come from the folder in KEYFOB_BIN (`make test` sets it), else from build/bin. Screenshots go to
// build/screens. A program that is missing is a failure with a name, never a skipped test. It runs on Linux.
package e2e
