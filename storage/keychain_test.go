package storage

import (
	"regexp"
	"strings"
	"testing"
)

func TestIsKey(t *testing.T) {
	long := strings.Repeat("k", 128)
	for key, want := range map[string]bool{
		"session/acme": true, "session/acme/next": true, "probe/ab12": true, "all": true, "0": true, long: true,
		"a.": true, "a/": true, "a-": true, "a_": true,
		"": false, long + "k": false, ".a": false, "_a": false, "/a": false, "-w": false,
		"A": false, "aB": false, "a:b": false, "a b": false, "a'b": false, `a"b`: false, "a$b": false, "a\\b": false,
		"a\n": false, "\na": false, "a\x00": false, "ä": false, "aä": false, "a\xff": false, "a`": false, "a{": false,
	} {
		if isKey(key) != want {
			t.Errorf("%q is a key: %v", key, !want)
		}
	}
}

// TestIsKeySaysWhatThePatternSays holds it against the pattern that it stands for, with every key of two bytes.
func TestIsKeySaysWhatThePatternSays(t *testing.T) {
	pattern := regexp.MustCompile(`^[a-z0-9][a-z0-9._/-]{0,127}$`)
	for pair := range 1 << 16 {
		key := string([]byte{byte(pair >> 8), byte(pair)})
		if want := pattern.MatchString(key); isKey(key) != want {
			t.Errorf("%q is a key: %v", key, !want)
		}
	}
}
