package diag

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"keyfob/internal/fault"
)

func TestMain(m *testing.M) {
	if path := os.Getenv("DIAG_CRASH"); path != "" {
		crash(path)
	}
	// lumberjack's own sweeper lives as long as the program.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("gopkg.in/natefinch/lumberjack%2ev2.(*Logger).millRun"))
}

func TestA67TheLogIsBoundedAndOurs(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "keyfob.log")
	if err := errors.Join(os.WriteFile(path, nil, 0o644), os.Chmod(path, 0o644)); err != nil {
		t.Fatal(err)
	}
	log, file, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	first, err := os.ReadFile(path)
	mended := strings.Contains(string(first), `"permissions repaired"`)
	if err != nil || mended == (runtime.GOOS == "windows") {
		t.Errorf("the log begins with %q, %v", first, err)
	}
	fill := func() { // a little more than one file
		for range megabytes << 10 {
			log.Info(strings.Repeat("word ", 205))
		}
	}
	for range backups + 2 {
		fill()
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	// The library sweeps beside us; it has until the test's own deadline.
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for files := logs(t, dir); len(files) != backups+1; files = logs(t, dir) {
		<-tick.C
	}
	for _, f := range logs(t, dir) {
		info, err := os.Stat(f)
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() > megabytes<<20 {
			t.Errorf("%s has %d bytes", f, info.Size())
		}
		if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("%s is %v", f, info.Mode())
		}
	}
}

func logs(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "keyfob*.log"))
	if err != nil || len(files) < 2 {
		t.Fatalf("not rotated: %v, %v", files, err)
	}
	return files
}

func TestA67OnlyALooseLogIsReported(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keyfob.log")
	for range 2 { // it is made, and found
		_, file, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := file.Close(); err != nil {
			t.Error(err)
		}
	}
	if said, err := os.ReadFile(path); len(said) > 0 || err != nil {
		t.Errorf("%q, %v", said, err)
	}
}

func TestOpenSaysWhereItCannotWrite(t *testing.T) {
	_, _, err := Open(filepath.Join(t.TempDir(), "missing", "keyfob.log"))
	if f := fault.Of(err); f.Code != fault.DiskTrouble || !strings.Contains(f.Args["path"], "missing") {
		t.Fatalf("got %v", err)
	}
}
