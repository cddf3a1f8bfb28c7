package main

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"keyfob/internal/fastpath"
	"keyfob/internal/fault"
	"keyfob/internal/words"
)

// TestEveryCommandShowsHowItIsUsed: a command without an example is one that has to be guessed. What it shows is fit
// for every shell: zsh takes a bare ? or * of a URL for names of files.
func TestEveryCommandShowsHowItIsUsed(t *testing.T) {
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		if !strings.Contains(cmd.Example, "keyfob") {
			t.Errorf("%s has no example", cmd.CommandPath())
		}
		if bare := regexp.MustCompile(`\s(?:https?:/)?/[^\s"']*[?*&].*`).FindString(cmd.Example); bare != "" {
			t.Errorf("%s: quote it:%s", cmd.CommandPath(), bare)
		}
		for _, below := range cmd.Commands() {
			walk(below)
		}
	}
	root := newRoot(&terminal{})
	withTexts(root)
	walk(root)
}

// TestEveryCommandHasItsTexts: what --help shows of each command and flag is in the catalogue, and nothing is there
// for commands and flags that are gone.
func TestEveryCommandHasItsTexts(t *testing.T) {
	root := newRoot(&terminal{})
	withTexts(root)
	used := map[string]bool{}
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		key := textKey(cmd)
		for _, part := range []string{".short", ".long", ".example"} {
			used[key+part] = true
		}
		if !words.Has(key+".short") || !words.Has(key+".example") {
			t.Errorf("%s has no texts", cmd.CommandPath())
		}
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
			used[key+".flag."+f.Name], used["cli.flag."+f.Name] = true, true
			if strings.HasPrefix(f.Usage, "cli.") {
				t.Errorf("%s --%s has no text", cmd.CommandPath(), f.Name)
			}
		})
		for _, below := range cmd.Commands() {
			walk(below)
		}
	}
	walk(root)
	ofHelp := regexp.MustCompile(`^cli\.(.+\.)?((short|long|example)|flag\.[a-z-]+)$`)
	for _, key := range words.Keys() {
		if base, _, _ := strings.Cut(key, "+"); ofHelp.MatchString(base) && !used[base] {
			t.Errorf("%s is the text of no command", key)
		}
	}
}

// TestTheHelpIsFromTheCatalogue: in the pseudo-language every text is in brackets. A text without them is not from the
// catalogue.
func TestTheHelpIsFromTheCatalogue(t *testing.T) {
	words.Use(words.Pseudo)
	t.Cleanup(func() { words.Use(words.English) })
	root := newRoot(&terminal{})
	withTexts(root)
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		texts := []string{cmd.Short, cmd.Example}
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) { texts = append(texts, f.Usage) })
		for _, text := range texts {
			if !strings.HasPrefix(text, "[") || !strings.HasSuffix(text, "]") {
				t.Errorf("%s: %q is not from the catalogue", cmd.CommandPath(), text)
			}
		}
		for _, below := range cmd.Commands() {
			walk(below)
		}
	}
	walk(root)
}

// TestThePlainWaysSayTheSame: what answers before the program proper is there has its own copy of the one line it says.
func TestThePlainWaysSayTheSame(t *testing.T) {
	if want := words.T("cli.waiting") + "\n"; fastpath.Waiting != want {
		t.Errorf("%q, and %q in the catalogue", fastpath.Waiting, want)
	}
}

// TestTheHelpShowsFlagsAsTheyAreUsed: a switch without a value, what takes one with its kind, and what it is otherwise.
func TestTheHelpShowsFlagsAsTheyAreUsed(t *testing.T) {
	for command, want := range map[string]string{
		"import": "\nFlags:\n" +
			"      --as string   give the account another id, to hold two of one profile\n" +
			"  -h, --help        help for import\n" +
			"      --yes         do not ask\n",
		"token":   "      --min-ttl duration   how long the token must be valid for at least (default 1m0s)\n",
		"gateway": `; port 0 is one that is free (default "127.0.0.1:0")` + "\n",
	} {
		var said bytes.Buffer
		if code := execute(t.Context(), &terminal{out: &said, err: &said}, []string{command, "--help"}); code != 0 {
			t.Errorf("%s: exit code %d", command, code)
		}
		if !strings.Contains(said.String(), want) {
			t.Errorf("%s: no %q in\n%s", command, want, &said)
		}
	}
}

// TestAFastAnswerIsAnErrorOrAToken: what is neither is left to the client, which asks the agent once more.
func TestAFastAnswerIsAnErrorOrAToken(t *testing.T) {
	for answer, want := range map[string]fault.Code{
		`{"access_token":"x","token_type":"Bearer","note":{"code":"token-short"}}`: "",
		`{"error":{"code":"sign-in-required"}}`:                                    "sign-in-required",
		`{"error":null}`:                                                           fault.NoAgent,
		`{"access_token":"x","token_type":"DPoP"}`:                                 fault.NoAgent,
		`{"access_token":"","token_type":"Bearer"}`:                                fault.NoAgent,
		`{"access_token":"x\ny","token_type":"Bearer"}`:                            fault.NoAgent,
		"": fault.NoAgent,
	} {
		a, err := fastAnswer(answer)
		if got := fault.CodeOf(err); err != nil && got != want || err == nil && want != "" {
			t.Errorf("%s: %v", answer, err)
		}
		if usable := a.Token.Reveal() == "x"; usable != (want == "") {
			t.Errorf("%s: %q", answer, a.Token.Reveal())
		}
	}
}
