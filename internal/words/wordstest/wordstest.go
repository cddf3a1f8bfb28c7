// Package wordstest has every state that an account can be in and every fault, for tests of words and of the window,
// the tray and the command line: what is true of all of them is tried with all of them.
package wordstest

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
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
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(Root(t), "internal/fault/fault.go"), nil,
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

// Reason is one that a code can have, as far as the catalogue has words for it.
type Reason struct {
	Code   fault.Code
	Reason fault.Reason
}

// Reasons are all of them, in order, with the arguments of each beside those of its code. The comments of the constants
// in package fault name them in quotation marks.
func Reasons(t testing.TB) ([]Reason, map[fault.Reason][]string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(Root(t), "internal/words/catalogue/en.json"))
	if err != nil {
		t.Fatal(err)
	}
	var texts map[string]any
	if err := json.Unmarshal(data, &texts); err != nil {
		t.Fatal(err)
	}
	found := map[Reason]bool{}
	for key := range texts {
		if m := regexp.MustCompile(`^fault\.([a-z-]+)/([a-z-]+)\.`).FindStringSubmatch(key); m != nil {
			found[Reason{fault.Code(m[1]), fault.Reason(m[2])}] = true
		}
	}
	all := slices.SortedFunc(maps.Keys(found), func(a, b Reason) int {
		return strings.Compare(string(a.Code)+"/"+string(a.Reason), string(b.Code)+"/"+string(b.Reason))
	})
	return all, reasonArguments(t)
}

// Declared are all reasons of package fault, in the order of its source.
func Declared(t testing.TB) (all []fault.Reason) {
	t.Helper()
	EachReason(t, func(v *ast.ValueSpec, _ *ast.GenDecl) { all = append(all, reasonOf(v)) })
	return all
}

func reasonArguments(t testing.TB) map[fault.Reason][]string {
	t.Helper()
	quoted := regexp.MustCompile(`"([a-z_]+)"`)
	args := map[fault.Reason][]string{}
	EachReason(t, func(v *ast.ValueSpec, group *ast.GenDecl) {
		r, comment := reasonOf(v), group.Doc.Text()+v.Doc.Text()+v.Comment.Text()
		for _, m := range quoted.FindAllStringSubmatch(comment, -1) {
			args[r] = append(args[r], m[1])
		}
	})
	return args
}

// EachReason reads the constants of type fault.Reason from their source, each with the group that it stands in.
func EachReason(t testing.TB, see func(reason *ast.ValueSpec, group *ast.GenDecl)) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(Root(t), "internal/fault/reason*.go"))
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	for _, path := range paths {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			group, ok := d.(*ast.GenDecl)
			if !ok || group.Tok != token.CONST {
				continue
			}
			for _, spec := range group.Specs {
				see(spec.(*ast.ValueSpec), group)
			}
		}
	}
}

// reasonOf is the value of a constant.
func reasonOf(v *ast.ValueSpec) fault.Reason {
	return fault.Reason(strings.Trim(v.Values[0].(*ast.BasicLit).Value, `"`))
}

// Root is the folder of the module: tests run in that of their package.
func Root(t testing.TB) string {
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
	reasons, more := Reasons(t)
	var all []*fault.Error
	for _, code := range slices.Sorted(maps.Keys(codes)) {
		args := filled(codes[code])
		full := fault.New(code, args...).WithUntil(until)
		if slices.Contains(codes[code], "problems") {
			full = full.WithFindings(fault.Find("one", fault.JSONTwice), fault.Find("", fault.JSONUTF8))
		}
		all = append(all, full, fault.New(code))
		for _, r := range reasons {
			if r.Code == code {
				f := fault.New(code, append(args, filled(more[r.Reason])...)...)
				all = append(all, f.WithUntil(until).WithReason(r.Reason))
			}
		}
	}
	return all
}

// filled are arguments with values. The time until is none, nor are the findings: they are fields of the fault.
func filled(names []string) (args []string) {
	for _, name := range names {
		if name != "until" && name != "problems" {
			args = append(args, name, value(name))
		}
	}
	return slices.Clip(args)
}

// until is when a fault is over.
var until = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

// value is one as it may come: several lines, a sentence, a time.
func value(name string) string {
	switch name {
	case "said":
		return "ARG-said."
	case "again":
		return "2030-01-02T03:04:05Z"
	}
	return "ARG-" + name
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
