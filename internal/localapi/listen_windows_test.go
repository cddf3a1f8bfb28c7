package localapi

import (
	"path/filepath"
	"testing"
	"unsafe"

	"golang.org/x/sys/windows"
)

// TestA50OnlyTheCurrentUserMayOpenTheFolder reads the access list back: one entry, ours, and nothing from above.
func TestA50OnlyTheCurrentUserMayOpenTheFolder(t *testing.T) {
	folder := t.TempDir()
	l := listen(t, filepath.Join(folder, "agent.sock"))
	defer l.Close()
	for _, path := range []string{folder, filepath.Join(folder, "agent.sock")} {
		got, err := windows.GetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, windows.DACL_SECURITY_INFORMATION)
		if err != nil {
			t.Fatal(err)
		}
		list, _, err := got.DACL()
		if err != nil || list.AceCount != 1 {
			t.Fatalf("%s: %v, %+v", path, err, list)
		}
		var entry *windows.ACCESS_ALLOWED_ACE
		if err := windows.GetAce(list, 0, &entry); err != nil {
			t.Fatal(err)
		}
		me, err := windows.GetCurrentProcessToken().GetTokenUser()
		if err != nil {
			t.Fatal(err)
		}
		if who := (*windows.SID)(unsafe.Pointer(&entry.SidStart)); !windows.EqualSid(who, me.User.Sid) {
			t.Errorf("%s is open to %s", path, who)
		}
		if control, _, err := got.Control(); path == folder && (err != nil || control&windows.SE_DACL_PROTECTED == 0) {
			t.Errorf("the folder takes over what the one above allows: %v", err)
		}
	}
}
