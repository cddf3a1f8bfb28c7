package version

import "testing"

func TestNewerThan(t *testing.T) {
	defer func(was string) { Version = was }(Version)
	for _, c := range []struct {
		ours, theirs string
		want         bool
	}{
		{"v1.10.0", "v1.9.9", true},
		{"v1.9.9", "v1.10.0", false},
		{"v1.0.0", "v1.0.0", false},
		{"v1.0.0", "v1.0.0-rc.1", true},
		{"dev", "v1.0.0", false},
		{"v1.0.0", "dev", false},
		{"v1.0.0", "", false},
		{"1f2e3d4", "0a0b0c0", false},
	} {
		if Version = c.ours; NewerThan(c.theirs) != c.want {
			t.Errorf("%s newer than %s: %v", c.ours, c.theirs, !c.want)
		}
	}
}
