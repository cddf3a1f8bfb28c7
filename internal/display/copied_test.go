package display

import "testing"

func TestWhatCameAlongWhenItWasCopied(t *testing.T) {
	for s, want := range map[string]Stray{
		"": NoStray, "abc": NoStray, "a c": NoStray,
		`"abc"`: NoStray, "“abc”": StrayCurly, "“abc”\n": StrayCurly,
		"abc\n": StrayLineEnd,
		"a\rc":  StrayLineEnd, " abc": StrayBlank, "abc\u00a0": StrayBlank, "a\u200bc": StrayInvisible,
		"a\tc":      StrayInvisible,
		"\ufeffabc": StrayInvisible,
	} {
		if got := StrayIn(s); got != want {
			t.Errorf("%q: %d, want %d", s, got, want)
		}
	}
	for s, want := range map[string]bool{`"a"`: true, `'a'`: false, `""`: true, `"`: false, "": false, `"a`: false,
		`"a'`: false} {
		if Quoted(s, `"`) != want {
			t.Errorf("%s: %v", s, !want)
		}
	}
	if !Quoted("'a'", `"'`) {
		t.Error("single quotes may count too")
	}
}
