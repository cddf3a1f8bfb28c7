package storage

import (
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"keyfob/internal/fault"
)

// modes is what the test binary can be instead of the tests, with one argument.
var modes = map[string]func(arg string){"hold-lock": holdLock, "write-for-ever": writeForEver}

func TestMain(m *testing.M) {
	if len(os.Args) == 2 {
		switch os.Args[1] {
		case ChildArg:
			os.Exit(RunChild(os.Stdin, os.Stdout))
		case "bare": // what the benchmark compares the child with
			os.Exit(0)
		}
	}
	if len(os.Args) == 3 && modes[os.Args[1]] != nil {
		modes[os.Args[1]](os.Args[2])
	}
	_ = os.Setenv("GORACE", "atexit_sleep_ms=0") // the race detector makes each child wait a second before it ends
	goleak.VerifyTestMain(m)
}

// holdLock takes the lock, says so, and holds it until its input is closed.
func holdLock(path string) {
	_, err := Acquire(path, Holder{PID: os.Getpid(), Kind: "test", Version: "9", Started: time.Now()})
	if err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
	fmt.Println("held")
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(0) // without Release, as a crash would
}

// writeForEver replaces a file by long ones of one letter, until it is killed.
func writeForEver(path string) {
	for n := 0; ; n++ {
		if err := WriteFile(path, letters(byte('a'+n%26))); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		if n == 0 {
			fmt.Println("started")
		}
	}
}

func letters(letter byte) []byte {
	data := make([]byte, 200_000)
	for i := range data {
		data[i] = letter
	}
	return data
}

func wantFault(t testing.TB, err error, want fault.Code) {
	t.Helper()
	if got := fault.CodeOf(err); got != want {
		t.Fatalf("got %q (%v), want %q", got, err, want)
	}
}
