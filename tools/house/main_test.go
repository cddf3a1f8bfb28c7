package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// made is a package of the sources, by the names of their files.
func made(t *testing.T, sources map[string]string) *pkg {
	t.Helper()
	p := &pkg{dir: "p", set: token.NewFileSet(), files: map[string]*ast.File{}}
	for name, source := range sources {
		f, err := parser.ParseFile(p.set, name, "package p\n"+source, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		p.files[name] = f
	}
	return p
}

func TestTies(t *testing.T) {
	p := made(t, map[string]string{
		"a.go":   "type A struct{}\nfunc (A) M() {}",
		"b.go":   "func f(x interface{ M() }) { x.M() }",               // a.go by its method
		"c.go":   "import \"fmt\"\nfunc g() { fmt.Println(); f(nil) }", // b.go
		"d.go":   "import \"x/a\"\nvar v = a.A{}",                      // another package's A
		"doc.go": "var A = 1",
	})
	if tied, pairs := p.ties(); tied != 2 || pairs != 6 {
		t.Errorf("%d of %d", tied, pairs)
	}
}

func TestBranches(t *testing.T) {
	p := made(t, map[string]string{"a.go": `
func f(a *Account, h any) bool {
	if a.Machine != nil {
		return true
	}
	if p, ok := h.(*person); ok {
		_ = p
	}
	switch {
	case a.Machine == nil, a.ok:
	}
	_ = a.Machine
	return a.Machine != nil
}`})
	if n := branches(p.set, p.files["a.go"]); n != 4 {
		t.Errorf("%d branches", n)
	}
}
