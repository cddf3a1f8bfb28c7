// Command house prints what a look at the shape of the code sees: the largest types, how much the files of each package
// are tied to each other, long functions, and branches on the kind of an account. It is a mirror and no target; what
// the figures mean is said in docs/architecture.md. Usage, in the root of the project: go run ./tools/house
package main

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"
)

const (
	longest   = 60 // lines of a function
	fewest    = 4  // files that a package has before its pairs are counted
	shownTies = 12 // packages with the highest share
	shownLong = 12 // functions
)

func main() {
	packages, err := read(".")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	printMethods(w, packages)
	printTies(w, packages)
	printLong(w, packages)
	printBranches(w, packages)
	if err := w.Flush(); err != nil {
		os.Exit(1)
	}
}

// pkg is one package, without its tests.
type pkg struct {
	dir   string
	set   *token.FileSet
	files map[string]*ast.File // by path
}

// read parses every package of the product below root.
func read(root string) ([]*pkg, error) {
	found := map[string]*pkg{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != root && isOther(d.Name()):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		dir := filepath.Dir(path)
		p := found[dir]
		if p == nil {
			p = &pkg{dir: dir, set: token.NewFileSet(), files: map[string]*ast.File{}}
			found[dir] = p
		}
		p.files[path], err = parser.ParseFile(p.set, path, nil, parser.ParseComments|parser.SkipObjectResolution)
		return err
	})
	all := make([]*pkg, 0, len(found))
	for _, p := range found {
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b *pkg) int { return cmp.Compare(a.dir, b.dir) })
	return all, err
}

// isOther tells the folders that are no part of the product.
func isOther(name string) bool {
	return strings.HasPrefix(name, ".") || slices.Contains([]string{"build", "e2e", "docs", "tools", "node_modules"}, name)
}

func printMethods(w *tabwriter.Writer, packages []*pkg) {
	type row struct {
		name  string
		count int
	}
	var rows []row
	for _, p := range packages {
		counts := map[string]int{}
		for _, f := range p.files {
			for _, d := range f.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv != nil {
					counts[receiver(fn)]++
				}
			}
		}
		for name, n := range counts {
			rows = append(rows, row{p.dir + "." + name, n})
		}
	}
	slices.SortFunc(rows, func(a, b row) int { return cmp.Or(b.count-a.count, cmp.Compare(a.name, b.name)) })
	fmt.Fprintln(w, "METHODS\tof the largest types")
	for _, r := range rows[:min(5, len(rows))] {
		fmt.Fprintf(w, "%d\t%s\n", r.count, r.name)
	}
}

func receiver(fn *ast.FuncDecl) string {
	t := fn.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x.Name
		default:
			return "?"
		}
	}
}

// printTies counts the pairs of a package's files of which one mentions what the other declares: a name of the package,
// or a method or a field by its name. Those for other systems and doc.go do not count.
func printTies(w *tabwriter.Writer, packages []*pkg) {
	type row struct {
		dir         string
		tied, pairs int
	}
	var rows []row
	for _, p := range packages {
		tied, pairs := p.ties()
		if pairs > 0 {
			rows = append(rows, row{p.dir, tied, pairs})
		}
	}
	share := func(r row) float64 { return float64(r.tied) / float64(r.pairs) }
	slices.SortFunc(rows, func(a, b row) int { return cmp.Compare(share(b), share(a)) })
	fmt.Fprintln(w, "\nTIED\tpairs of a package's files of which one mentions what the other declares")
	for _, r := range rows[:min(shownTies, len(rows))] {
		fmt.Fprintf(w, "%.0f %%\t%s\t%d of %d\n", 100*share(r), r.dir, r.tied, r.pairs)
	}
}

func (p *pkg) ties() (tied, pairs int) {
	var paths []string
	for path := range p.files {
		if !strings.HasSuffix(path, "doc.go") {
			paths = append(paths, path)
		}
	}
	if len(paths) < fewest {
		return 0, 0
	}
	slices.Sort(paths)
	declared, mentioned := map[string]map[string]bool{}, map[string]map[string]bool{}
	for _, path := range paths {
		declared[path], mentioned[path] = declarations(p.files[path]), mentions(p.files[path])
	}
	for i, a := range paths {
		for _, b := range paths[i+1:] {
			pairs++
			if meet(declared[a], mentioned[b]) || meet(declared[b], mentioned[a]) {
				tied++
			}
		}
	}
	return tied, pairs
}

func meet(a, b map[string]bool) bool {
	for name := range a {
		if b[name] {
			return true
		}
	}
	return false
}

// declarations are the names that a file gives to its package; methods as ".name".
func declarations(f *ast.File) map[string]bool {
	names := map[string]bool{}
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				names[d.Name.Name] = true
			} else {
				names["."+d.Name.Name] = true
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.TypeSpec:
					names[s.Name.Name] = true
				case *ast.ValueSpec:
					for _, n := range s.Names {
						names[n.Name] = true
					}
				}
			}
		}
	}
	delete(names, "_")
	delete(names, "init")
	return names
}

// mentions are the names that a file uses, selectors as ".name" but for those of imported packages.
func mentions(f *ast.File) map[string]bool {
	imported := map[string]bool{}
	for _, i := range f.Imports {
		path := strings.Trim(i.Path.Value, `"`)
		name := path[strings.LastIndex(path, "/")+1:]
		if i.Name != nil {
			name = i.Name.Name
		}
		imported[name] = true
	}
	names := map[string]bool{}
	var look func(ast.Node) bool
	look = func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); !ok || !imported[x.Name] {
				names["."+n.Sel.Name] = true
				ast.Inspect(n.X, look)
			}
			return false
		case *ast.Ident:
			names[n.Name] = true
		}
		return true
	}
	ast.Inspect(f, look)
	return names
}

func printLong(w *tabwriter.Writer, packages []*pkg) {
	type row struct {
		name  string
		lines int
	}
	var rows []row
	all := 0
	for _, p := range packages {
		for path, f := range p.files {
			for _, d := range f.Decls {
				fn, ok := d.(*ast.FuncDecl)
				if !ok {
					continue
				}
				all++
				if n := p.set.Position(fn.End()).Line - p.set.Position(fn.Pos()).Line + 1; n > longest {
					rows = append(rows, row{path + ": " + fn.Name.Name, n})
				}
			}
		}
	}
	slices.SortFunc(rows, func(a, b row) int { return cmp.Or(b.lines-a.lines, cmp.Compare(a.name, b.name)) })
	fmt.Fprintf(w, "\nLONG\tfunctions of over %d lines: %d of %d\n", longest, len(rows), all)
	for _, r := range rows[:min(shownLong, len(rows))] {
		fmt.Fprintf(w, "%d\t%s\n", r.lines, r.name)
	}
}

// kinds is how the code asks what kind of account it has before it: a client's or a person's. A property of a grant
// that only one of the two has counts too, though some who ask for it mean the property.
var kinds = regexp.MustCompile(
	`\b[mM]achine\b|\.\(\*?(?:person|client)\)|\b[gG](?:rant)?(?:\(\))?\.(?:Interactive|NeedsSecret|Alone)\b`)

// owners are where a branch on the kind may be: the implementations, what a grant is and
// which go together, and how it is said.
var owners = regexp.MustCompile(
	`^internal/session/(?:person|client)\w*\.go$|^internal/profile/(?:grant|check)\.go$|^internal/words/`)

func printBranches(w *tabwriter.Writer, packages []*pkg) {
	counts, all := map[string]int{}, 0
	for _, p := range packages {
		for path, f := range p.files {
			if !owners.MatchString(filepath.ToSlash(path)) {
				n := branches(p.set, f)
				counts[path], all = n, all+n
			}
		}
	}
	fmt.Fprintf(w, "\nKINDS\tbranches on the kind of account, outside of its implementations and of words: %d\n", all)
	var paths []string
	for path, n := range counts {
		if n > 0 {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	for _, path := range paths {
		fmt.Fprintf(w, "%d\t%s\n", counts[path], path)
	}
}

// branches counts the conditions of a file that ask for the kind, those that a function returns among them.
func branches(set *token.FileSet, f *ast.File) (n int) {
	count := func(conditions ...ast.Node) {
		for _, c := range conditions {
			var text bytes.Buffer
			if printer.Fprint(&text, set, c) == nil && kinds.Match(text.Bytes()) {
				n++
				return
			}
		}
	}
	ast.Inspect(f, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.IfStmt:
			if node.Init != nil {
				count(node.Init, node.Cond)
			} else {
				count(node.Cond)
			}
		case *ast.CaseClause:
			for _, c := range node.List {
				count(c)
			}
		case *ast.ReturnStmt:
			for _, r := range node.Results {
				if b, ok := r.(*ast.BinaryExpr); ok {
					count(b)
				}
			}
		}
		return true
	})
	return n
}
