package storage

import (
	"testing"
)

func TestXX(t *testing.T) {
	startKeePass(t, keepassBase)
	k := ourKeychain(t)
	wantAbsent(t, k, "session/a")
	mustSave(t, k, "session/a", "one")
	mustSave(t, k, "session/a", "two")
	wantData(t, k, "session/a", "two")
	mustSave(t, k, "session/b", "two")
	t.Log(k.Delete(t.Context(), "session/b"))
	asks, err := k.Trial(t.Context())
	t.Log(asks, err, xdotool(t, "search", "--onlyvisible", "--name", "."))
	mustSave(t, k, "session/c", "c")
	k.Close()
	_, err = k.Load(t.Context(), "session/a")
	t.Log(err, xdotool(t, "search", "--onlyvisible", "--name", "."))
	got := make(chan map[string][]byte)
	go func() {
		m, err := k.LoadMany(Interactive(t.Context()), []string{"session/a", "session/a/next", "session/c"})
		t.Log(m, err)
		got <- m
	}()
	w := xdotool(t, "search", "--sync", "--onlyvisible", "--name", "Access Request")
	t.Log("window", w, xdotool(t, "search", "--onlyvisible", "--name", ".", "getwindowname", "%@"))
	xdotool(t, "windowfocus", "--sync", w)
	xdotool(t, "key", "Return")
	<-got
	t.Log(k.Save(t.Context(), "session/a", []byte("three")), k.Delete(t.Context(), "session/c"))
	asks, err = k.Trial(t.Context())
	t.Log(asks, err, xdotool(t, "search", "--onlyvisible", "--name", ".", "getwindowname", "%@"))
}
