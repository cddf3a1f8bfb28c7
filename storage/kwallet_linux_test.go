package storage

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"keyfob/internal/fault"
)

// startKWallet starts KWallet as the Secret Service of a desktop of its own, with a wallet that is open, as after a
// login. It starts twice, because its Secret Service knows the wallets that were there at its start.
func startKWallet(t testing.TB) {
	t.Helper()
	startBus(t, shortDir(t))
	startDisplay(t)
	settings := "[Wallet]\nFirst Use=false\n" // without it, an assistant comes up
	if err := os.WriteFile(filepath.Join(os.Getenv("XDG_CONFIG_HOME"), "kwalletrc"), []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	made := kwallet(t)
	if err := made.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = made.Wait()
	kwallet(t)
}

func kwallet(t testing.TB) *exec.Cmd {
	t.Helper()
	serves := nameAppears(t, secretsName)
	cmd := exec.Command("kwalletd5")
	start(t, "libkf5wallet-bin", cmd)
	serves()
	hash := make([]byte, 56) // of the password: what PAM hands over
	wallet := connect(t).Object("org.kde.kwalletd5", "/modules/kwalletd5")
	if err := wallet.Call("org.kde.KWallet.pamOpen", 0, "kdewallet", hash, int32(0)).Err; err != nil {
		t.Fatal(err)
	}
	return cmd
}

// TestF44KWallet: its wallet is open, and its Secret Service says locked until somebody asks to unlock it, which shows
// no question. What runs in the background may do that.
func TestF44KWallet(t *testing.T) {
	startKWallet(t)
	k := ourKeychain(t)
	wantAbsent(t, k, "session/a")
	for _, value := range []string{"one", "two"} {
		mustSave(t, k, "session/a", value)
		wantData(t, k, "session/a", value)
	}
	if asks, err := k.Trial(t.Context()); err != nil || asks {
		t.Errorf("the trial tells %v, %v", asks, err)
	}
	k.Close() // the next start
	wantData(t, k, "session/a", "two")
	found, err := k.LoadMany(t.Context(), []string{"session/a/next", "session/a"})
	if err != nil || len(found) != 1 {
		t.Errorf("it read %q, %v", found, err)
	}
	if err := k.Delete(t.Context(), "session/a"); err != nil {
		t.Error(err)
	}
	wantAbsent(t, k, "session/a")
	if seen := windows(t); seen != "" {
		t.Errorf("a person was asked: %s", seen)
	}
}

// TestF44AClosedWalletIsLocked: opening it would ask for its password.
func TestF44AClosedWalletIsLocked(t *testing.T) {
	startKWallet(t)
	var code int32
	wallet := connect(t).Object("org.kde.kwalletd5", "/modules/kwalletd5")
	if err := wallet.Call("org.kde.KWallet.close", 0, "kdewallet", true).Store(&code); err != nil {
		t.Fatal(err)
	}
	wantEverywhere(t, ourKeychain(t), fault.KeychainLocked)
	if seen := windows(t); seen != "" {
		t.Errorf("a person was asked: %s", seen)
	}
}
