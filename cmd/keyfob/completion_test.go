package main

import (
	"slices"
	"strings"
	"testing"
)

// completions ask a real shell what it would offer behind "keyfob token a", with the script that is generated for it.
// Each prints a candidate a line, perhaps with its description.
var completions = map[string][]string{
	// Without the package bash-completion its one function that is used is stood in for.
	"bash": {"bash", "--norc", "-c", `
		_get_comp_words_by_ref() {
			words=("${COMP_WORDS[@]}") cword=$COMP_CWORD
			cur=${words[cword]} prev=${words[cword-1]}
		}
		source <(keyfob completion bash)
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE} COMP_TYPE=9 COMP_KEY=9
		__start_keyfob
		printf '%s\n' "${COMPREPLY[@]}"`, "bash"},
	"zsh": {"zsh", "-f", "-c", `
		compdef() { }
		_describe() { print -l -- $completions }
		_arguments() { print -l -- files }
		words=("$@") CURRENT=$#
		source <(keyfob completion zsh)
		_keyfob`, "zsh"},
	"fish": {"fish", "--no-config", "-c", `
		keyfob completion fish | source
		complete -C "$argv"`},
	"pwsh": {"pwsh", "-NoProfile", "-Command", `
		keyfob completion powershell | Out-String | Invoke-Expression
		$line = $args -join ' '
		(TabExpansion2 -inputScript $line -cursorColumn $line.Length).CompletionMatches.CompletionText`},
}

func TestCompletion(t *testing.T) {
	for shell, asks := range completions {
		t.Run(shell, func(t *testing.T) {
			needs(t, shell)
			home(t)
			offers := func(typed ...string) []string {
				var words []string
				for _, line := range lines(tool(t, "", append(slices.Clip(asks), typed...)...)) {
					words = append(words, strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(" \t:", r) })[0])
				}
				return words
			}
			for typed, want := range map[string]string{
				"keyfob token a": "acme", "keyfob header o": "out", "keyfob run acme s": "silent", "keyfob he": "header",
				"keyfob token --min": "--min-ttl", "keyfob agent sta": "status", "keyfob kube a": "acme", "keyfob git a": "acme",
				"keyfob ask-first a": "acme", "keyfob ask-first acme of": "off",
			} {
				if got := offers(strings.Split(typed, " ")...); !slices.Contains(got, want) {
					t.Errorf("%s: offered %q, want %s", typed, got, want)
				}
			}
			for _, typed := range []string{"keyfob run acme a", "keyfob run acme -- a", "keyfob token acme a",
				"keyfob ask-first acme a"} {
				if got := offers(strings.Split(typed, " ")...); slices.Contains(got, "acme") {
					t.Errorf("%s: offered %q", typed, got)
				}
			}
		})
	}
}

func TestCompletionStartsNobody(t *testing.T) {
	home(t)
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	if got := lines(tool(t, "", "keyfob", "__complete", "token", "")); !slices.Contains(got, ":4") {
		t.Errorf("completed: %q", got)
	}
	if _, said, err := try(t, "", "keyfob", "agent", "status"); err == nil || !strings.Contains(said, "no-agent") {
		t.Errorf("somebody was started: %v %s", err, said)
	}
}
