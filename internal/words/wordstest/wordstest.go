// Package wordstest has every state that an account can be in, for tests of words and of the faces that speak through
// it: what holds of all of them is tried with all of them.
package wordstest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
)

// Codes are the codes of package fault with the arguments of each. They are read from its source, so that a new code
// is tried by all tests as soon as it is there.
func Codes(t testing.TB) map[fault.Code][]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root(t), "internal/fault/fault.go"), nil,
		parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	codes := map[fault.Code][]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if id, ok := v.Type.(*ast.Ident); ok && id.Name == "Code" {
			value := v.Values[0].(*ast.BasicLit).Value
			codes[fault.Code(strings.Trim(value, `"`))] = arguments(v.Comment.Text())
		}
		return true
	})
	if len(codes) < 40 {
		t.Fatalf("only %d codes were found in the source", len(codes))
	}
	return codes
}

// root is the folder of the module: tests run in that of their package.
func root(t testing.TB) string {
	t.Helper()
	for dir := "."; len(dir) < 32; dir = filepath.Join("..", dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
	}
	t.Fatal("no go.mod above")
	return ""
}

func arguments(comment string) []string {
	var names []string
	comment, fields, _ := strings.Cut(comment, ";")
	if strings.Contains(fields, "Until") {
		names = append(names, "until")
	}
	if strings.Contains(fields, "Findings") {
		names = append(names, "problems")
	}
	for part := range strings.SplitSeq(comment, ",") {
		if name, _, _ := strings.Cut(strings.TrimSpace(part), " "); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// Faults are every fault: with all of its arguments, with none, and with each reason that has words of its own.
func Faults(t testing.TB) []*fault.Error {
	t.Helper()
	codes := Codes(t)
	var all []*fault.Error
	for _, code := range slices.Sorted(maps.Keys(codes)) {
		var args []string
		for _, name := range codes[code] {
			if name == "until" || name == "problems" {
				continue // fields, see below
			}
			args = append(args, name, value(name))
		}
		full := fault.New(code, args...).WithUntil(until)
		if slices.Contains(codes[code], "problems") {
			full = full.WithFindings(fault.Find("one", fault.JSONTwice), fault.Find("", fault.JSONUTF8))
		}
		all = append(all, full, fault.New(code))
		for _, why := range whys(code) {
			all = append(all, fault.New(code, args...).WithUntil(until).WithReason(why))
		}
	}
	return all
}

// until is when a fault is over.
var until = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

// value is one as it may come: several lines, a sentence, a time.
func value(name string) string {
	switch name {
	case "reason":
		return "ARG-reason."
	case "again":
		return "2030-01-02T03:04:05Z"
	}
	return "ARG-" + name
}

func whys(code fault.Code) []fault.Reason {
	switch code {
	case fault.SignInRequired:
		return fault.Whys
	case fault.NotAllowed:
		return fault.NotAlloweds
	case fault.APIUnauthorized:
		return fault.APIWhys
	}
	return nil
}

// Accounts is an account in every state, with no problem and with every fault as its problem.
func Accounts(t testing.TB) []account.Account {
	t.Helper()
	var all []account.Account
	for _, s := range account.Statuses {
		a := account.Account{
			ID: "acme", Name: "Acme", Host: "login.acme.example", Status: s, Renews: true, Saved: true,
			Who: &account.Person{Subject: "auth0|1", Name: "Jane Doe"},
		}
		all = append(all, a)
		for _, f := range Faults(t) {
			a.Problem = f
			all = append(all, a)
		}
	}
	return all
}
