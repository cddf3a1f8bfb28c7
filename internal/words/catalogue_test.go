package words

import "testing"

func TestTextsOfTheCatalogue(t *testing.T) {
	for want, got := range map[string]string{
		"A sample":             T("test.sample"),
		"A sample of {{.who}}": T("test.sample", "who", "{{.who}}"),
		"1 token":              T("test.tokens", "n", 1),
		"12,000 tokens":        T("test.tokens", "n", 12000),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
