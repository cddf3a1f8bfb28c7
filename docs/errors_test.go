package docs

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"keyfob/internal/words/wordstest"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestErrorsPage: docs/errors.md is what the catalogue and package fault say. KEYFOB_WRITE=1 writes it (make errors).
func TestErrorsPage(t *testing.T) {
	page := errorsPage(t)
	if os.Getenv("KEYFOB_WRITE") != "" {
		if err := os.WriteFile("errors.md", page, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(read(t, "errors.md")) != string(page) {
		t.Error("docs/errors.md is not what the catalogue says: make errors")
	}
}

const errorsIntroduction = `# What can go wrong

Every problem that Keyfob tells of has a code. It is shown with the problem, and support asks for it. Some codes have
reasons, with words of their own. This page has all of them: what is said, why it happens, and what to do. Tools get
code and reason as JSON ([agent-api.md](agent-api.md)); neither changes its meaning. A name in ‹brackets› stands for
something that is different each time.

*This page is made from the texts of the program: ` + "`make errors`" + `.*
`

func errorsPage(t *testing.T) []byte {
	texts := englishTexts(t)
	reasons := reasonsInSource(t)
	var b strings.Builder
	b.WriteString(errorsIntroduction)
	for _, group := range codesInSource(t) {
		fmt.Fprintf(&b, "\n## %s\n", group.title)
		for _, code := range group.codes {
			key := "fault." + code.value
			fmt.Fprintf(&b, "\n### `%s`\n\n**%s**\n\n%s\n\n", code.value, cell(texts.fullest(key+".what")), texts[key+".cause"])
			if next := texts.fullest(key + ".next"); next != "" {
				fmt.Fprintf(&b, "*%s*\n", next)
			}
			writeReasons(t, &b, texts, reasons, code)
		}
	}
	writeFindings(&b, texts, reasons)
	return []byte(strings.ReplaceAll(b.String(), "\n\n\n", "\n\n"))
}

// writeFindings writes a table of what can be said of a document.
func writeFindings(b *strings.Builder, texts messages, reasons []declaredReason) {
	b.WriteString("\n## What is wrong with a document, or would change\n\nA problem with a document, a profile for one, " +
		"has findings: each with the field that it is about.\n\n" +
		"| reason | what is said of the field | when |\n|---|---|---|\n")
	for _, r := range slices.SortedFunc(slices.Values(reasons), func(a, c declaredReason) int {
		return strings.Compare(a.value, c.value)
	}) {
		said := texts.fullest("finding."+r.value) + texts.fullest("finding."+r.value+".line")
		if said != "" {
			fmt.Fprintf(b, "| `%s` | %s | %s |\n", r.value, cell(said), cell(r.comment))
		}
	}
}

// writeReasons writes a table of a code's reasons. The next step stands there where it is not the code's.
func writeReasons(t *testing.T, b *strings.Builder, texts messages, reasons []declaredReason, code code) {
	heading := "\n| reason | what is said, and what to do | when |\n|---|---|---|\n"
	for _, reason := range texts.reasons(code.value) {
		key := "fault." + code.value + "/" + reason
		said := texts.fullest(key + ".what")
		if next := texts.fullest(key + ".next"); next != "" {
			said += " *" + next + "*"
		}
		why := when(reasons, code.name, reason)
		if why == "" {
			t.Errorf("package fault does not say when %s has the reason %s", code.name, reason)
		}
		fmt.Fprintf(b, "%s| `%s` | %s | %s |\n", heading, reason, cell(said), cell(why))
		heading = ""
	}
}

func cell(text string) string { return strings.NewReplacer("\n", " ", "|", `\|`).Replace(text) }

// messages are the texts of a language. Of plural forms the general one stands here.
type messages map[string]string

func englishTexts(t *testing.T) messages {
	var raw map[string]any
	if err := json.Unmarshal(read(t, "../internal/words/catalogue/en.json"), &raw); err != nil {
		t.Fatal(err)
	}
	all := messages{}
	for key, text := range raw {
		switch text := text.(type) {
		case string:
			all[key] = text
		case map[string]any:
			all[key], _ = text["other"].(string)
		}
	}
	return all
}

// fullest is the variant of a message with the most places, as a reader sees it.
func (m messages) fullest(key string) string {
	best, most := m[key], 0
	for _, k := range slices.Sorted(maps.Keys(m)) {
		if base, names, varies := strings.Cut(k, "+"); varies && base == key && strings.Count(names, "+")+1 > most {
			best, most = m[k], strings.Count(names, "+")+1
		}
	}
	return regexp.MustCompile(`\{\{\.(\w+)\}\}`).ReplaceAllString(best, "‹$1›")
}

func (m messages) reasons(code string) []string {
	found := map[string]bool{}
	for key := range m {
		if rest, ok := strings.CutPrefix(key, "fault."+code+"/"); ok {
			reason, _, _ := strings.Cut(rest, ".")
			found[reason] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// codeGroup are codes that stand below one comment in package fault.
type codeGroup struct {
	title string
	codes []code
}

type code struct{ name, value string } // DiskTrouble, disk-trouble

// codesInSource are the codes in the order and the groups of package fault.
func codesInSource(t *testing.T) (groups []codeGroup) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, "../internal/fault/fault.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := v.Type.(*ast.Ident); !ok || kind.Name != "Code" {
			return true
		}
		if v.Doc != nil {
			groups = append(groups, codeGroup{title: strings.TrimSuffix(strings.TrimSpace(v.Doc.Text()), ".")})
		}
		value, _ := v.Values[0].(*ast.BasicLit)
		last := &groups[len(groups)-1]
		last.codes = append(last.codes, code{v.Names[0].Name, strings.Trim(value.Value, `"`)})
		return true
	})
	return groups
}

// declaredReason is a reason in package fault: for which codes, and what its comment says.
type declaredReason struct{ codes, value, comment string }

// reasonsInSource are the reasons of package fault. The comment above a group of them names the codes that it is for.
func reasonsInSource(t *testing.T) (all []declaredReason) {
	wordstest.EachReason(t, func(v *ast.ValueSpec, group *ast.GenDecl) {
		value, _ := v.Values[0].(*ast.BasicLit)
		all = append(all, declaredReason{group.Doc.Text(), strings.Trim(value.Value, `"`), commentOf(v, group)})
	})
	return all
}

// aloneComment begins the comment of a reason that is in no group: DiskOutput is the reason of DiskTrouble where …
var aloneComment = regexp.MustCompile(`^\w+ is (?:the|a) reason of \w+(?: where|:) `)

// commentOf is what is said of one reason: beside it, above it, or above all of the group where it is alone.
func commentOf(v *ast.ValueSpec, group *ast.GenDecl) string {
	text := v.Comment.Text() + v.Doc.Text()
	if text == "" && len(group.Specs) == 1 {
		text = aloneComment.ReplaceAllString(group.Doc.Text(), "")
	}
	text = strings.TrimSuffix(strings.TrimSpace(text), ".")
	return regexp.MustCompile(`"([a-z_]+)"`).ReplaceAllString(text, "‹$1›")
}

// when is the comment of a code's reason. Several codes may have a reason of one name.
func when(reasons []declaredReason, codeName, reason string) string {
	best := ""
	for _, r := range reasons {
		if r.value == reason && (best == "" || strings.Contains(r.codes, codeName)) {
			best = r.comment
		}
	}
	return best
}
