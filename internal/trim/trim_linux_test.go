package trim

import (
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func TestReadOnly(t *testing.T) {
	const file = "/opt/key fob"
	for line, want := range map[string]bool{
		"00403000-00e50000 r-xp 00003000 fe:00 123  /opt/key fob": true,
		"00e50000-018dc000 r--p 00a50000 fe:00 123  /opt/key fob": true,
		"018dd000-01c93000 rw-p 014dd000 fe:00 123  /opt/key fob": false,
		"00403000-00e50000 r-xs 00003000 fe:00 123  /opt/key fob": false,
		"00403000-00e50000 r-xp 00003000 fe:00 123  /opt/key":     false,
		"7ffd0000-7ffd2000 r-xp 00000000 00:00 0    [vdso]":       false,
		"00403000 r-xp 00003000 fe:00 123 /opt/key fob":           false,
		"": false,
	} {
		from, to, ok := readOnly(line, file)
		if ok != want || ok && (from >= to || from < 0x403000) {
			t.Errorf("%q: %x-%x %v", line, from, to, ok)
		}
	}
}

// TestMemoryGivesPagesBackAndTheProgramGoesOn trims a program of its own, which then works on.
func TestMemoryGivesPagesBackAndTheProgramGoesOn(t *testing.T) {
	if os.Getenv("TRIM_CHILD") != "" {
		before := agent(t)
		Memory()
		after := agent(t)
		regexp.MustCompile(`(a|b)+c`).MatchString(strings.Repeat("ab", 1000) + "c") // code is fetched again
		if after >= before {
			t.Fatalf("%d KB before, %d KB after", before, after)
		}
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run", t.Name())
	cmd.Env = append(os.Environ(), "TRIM_CHILD=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// agent is the resident memory of files, in KB.
func agent(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`RssFile:\s+(\d+) kB`).FindSubmatch(status)
	if m == nil {
		t.Fatal("the kernel does not say RssFile")
	}
	n, err := strconv.Atoi(string(m[1]))
	if err != nil {
		t.Fatal(err)
	}
	return n
}
