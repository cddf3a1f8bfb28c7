package words

import (
	"testing"
	"time"

	"keyfob/internal/account"
)

func TestHandOutsInWords(t *testing.T) {
	now := time.Date(2026, 3, 2, 14, 0, 0, 0, time.UTC)
	first := now.Add(-20 * time.Minute)
	for _, tt := range []struct {
		h    account.HandOut
		want string
	}{
		{account.HandOut{Refused: true, Count: 3, Until: now.Add(time.Hour)}, "Refused"},
		{account.HandOut{Count: 1}, "1 token"},
		{account.HandOut{Count: 1, Until: now}, "1 token"},
		{account.HandOut{Count: 1, Until: now.Add(time.Hour)}, "1 token, valid until 15:00"},
		{account.HandOut{Count: 12, First: first, Until: now.Add(time.Hour)}, "12 tokens since 13:40, valid until 15:00"},
	} {
		if got := HandOut(tt.h, now); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.h, got, tt.want)
		}
	}
}

func TestProgramsInWords(t *testing.T) {
	if got := Program(account.Program{Name: "bash", ByKeyfob: true}); got != "bash, with keyfob" {
		t.Errorf("%q", got)
	}
	if got := Program(account.Program{Name: "bash"}); got != "bash" {
		t.Errorf("%q", got)
	}
}
