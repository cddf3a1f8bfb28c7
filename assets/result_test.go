package assets

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"regexp"
	"strings"
	"testing"

	"keyfob/internal/words"
)

func page(t *testing.T, r Result) string {
	t.Helper()
	var out strings.Builder
	if err := WriteResult(&out, r); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestResultSaysWhatHappened(t *testing.T) {
	for name, c := range map[string]struct {
		result Result
		want   []string
		not    []string
	}{
		"signed in": {
			Result{OK: true, App: "Acme"},
			[]string{"<h1>You&#39;re signed in to Acme</h1>", "You can close this tab and go back to Keyfob.",
				`class="mark good"`},
			[]string{`class="mark bad"`, "<code>", `class="hint"`},
		},
		"denied": {
			Result{
				Headline: "Acme did not let you in", Text: "No seat left.", Hint: "Use another account.",
				Code: "signin-denied",
			},
			[]string{
				"<h1>Acme did not let you in</h1>", "No seat left.", "Use another account.",
				"<code>signin-denied</code>", `class="mark bad"`,
			},
			[]string{"You're signed in", "close this tab", `class="mark good"`},
		},
		"nothing given": {Result{}, []string{"<h1>The sign-in did not work</h1>"}, []string{"signed in to", "<code>"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := page(t, c.result)
			for _, want := range c.want {
				if !strings.Contains(got, want) {
					t.Errorf("the page lacks %q", want)
				}
			}
			for _, not := range c.not {
				if strings.Contains(got, not) {
					t.Errorf("the page says %q", not)
				}
			}
		})
	}
}

func TestC09PolicyHoldsTheVeryStyle(t *testing.T) {
	styleElement := regexp.MustCompile(`(?s)<style>(.*?)</style>`)
	styles := styleElement.FindAllStringSubmatch(page(t, Result{OK: true, App: "Acme"}), -1)
	if len(styles) != 1 {
		t.Fatalf("the page has %d style elements", len(styles))
	}
	hash := sha256.Sum256([]byte(styles[0][1]))
	want := "style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "';"
	if !strings.Contains(ResultCSP(), want) {
		t.Errorf("the policy %q lacks %q", ResultCSP(), want)
	}
	if strings.Contains(styles[0][1], "{{") || strings.Contains(styles[0][1], "ZgotmplZ") {
		t.Error("the style is not filled in")
	}
}

func TestC09PolicyAllowsNothingElse(t *testing.T) {
	for _, want := range []string{
		"default-src 'none';", "form-action 'none';", "base-uri 'none';", "frame-ancestors 'none'",
	} {
		if !strings.Contains(ResultCSP(), want) {
			t.Errorf("the policy lacks %q", want)
		}
	}
	for _, loose := range []string{"unsafe", "script-src", "http", "*"} {
		if strings.Contains(ResultCSP(), loose) {
			t.Errorf("the policy holds %q: %s", loose, ResultCSP())
		}
	}
}

func TestC09PageLoadsNothing(t *testing.T) {
	got := page(t, Result{OK: true, App: "Acme"})
	got = strings.ReplaceAll(got, `xmlns="http://www.w3.org/2000/svg"`, "")
	foreign := regexp.MustCompile(`(?i)<script|https?:|//[a-z]|@import|url\([^#]|\son\w+=|\sstyle=|ZgotmplZ`)
	if found := foreign.FindString(got); found != "" {
		t.Errorf("the page holds %q", found)
	}
	if !strings.Contains(got, `<link rel="icon" href="data:image/svg+xml;base64,`) {
		t.Error("without an icon of its own a browser asks for /favicon.ico")
	}
}

func TestA16EveryFieldIsEscaped(t *testing.T) {
	const attack = `</title></style><script>alert(1)</script><img src=x onerror="alert(1)">'"&{{.OK}}`
	all := Result{App: attack, Headline: attack, Text: attack, Hint: attack, Code: attack}
	greeting := Result{OK: true, App: attack}
	for _, r := range []Result{all, greeting} {
		got := page(t, r)
		if strings.Contains(got, "<script") || strings.Contains(got, "<img") {
			t.Errorf("markup came through: %s", got)
		}
		if strings.Count(got, "&lt;script&gt;") < 2 {
			t.Error("the text of the field is lost")
		}
	}
}

type brokenPipe struct{}

var errBroken = errors.New("broken")

func (brokenPipe) Write([]byte) (int, error) { return 0, errBroken }

func TestWriteResultReportsItsWriter(t *testing.T) {
	if err := WriteResult(brokenPipe{}, Result{}); !errors.Is(err, errBroken) {
		t.Errorf("the error is %v", err)
	}
}

// TestThePageSpeaksTheLanguageOfTheProgram: what is not somebody else's text comes from the catalogue.
func TestThePageSpeaksTheLanguageOfTheProgram(t *testing.T) {
	words.Use(words.Pseudo)
	defer words.Use(words.English)
	for _, r := range []Result{{OK: true, App: "Acme"}, {}} {
		text := regexp.MustCompile(`(?s)<style>.*?</style>|<svg.*?</svg>|<[^>]*>`).ReplaceAllString(page(t, r), "")
		for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
			if line != "" && !strings.HasPrefix(line, "[") {
				t.Errorf("%q", line)
			}
		}
	}
}
