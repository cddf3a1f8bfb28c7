package storage

import (
	"strings"
	"testing"
	"time"
)

// BenchmarkKeychain compares a Save and a Load through children with two children that do nothing.
func BenchmarkKeychain(b *testing.B) {
	k, _ := newKeyring(b)
	session := strings.Repeat("x", 2000)
	bare := measure(b, "TwoBareChildren", func() error {
		if err := self("bare").Run(); err != nil {
			return err
		}
		return self("bare").Run()
	})
	full := measure(b, "SaveAndLoad", func() error {
		if err := k.Save(b.Context(), "session/a", []byte(session)); err != nil {
			return err
		}
		_, err := k.Load(b.Context(), "session/a")
		return err
	})
	if bare > 0 {
		b.Logf("%v against %v: %.1f times", full, bare, float64(full)/float64(bare))
	}
}

func measure(b *testing.B, name string, work func() error) (each time.Duration) {
	b.Run(name, func(b *testing.B) {
		for b.Loop() {
			if err := work(); err != nil {
				b.Fatal(err)
			}
		}
		each = b.Elapsed() / time.Duration(b.N)
	})
	return each
}
