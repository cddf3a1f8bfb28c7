package storage

import (
	"io/fs"
	"os"

	"golang.org/x/sys/windows"

	"keyfob/internal/fault"
)

// secureFolder makes the folder and gives it an access list that names the current user alone and inherits nothing.
// Links and junctions are refused. The mode is always the wanted one: Windows has no such thing.
func secureFolder(path string, _ fs.FileMode) (was fs.FileMode, err error) {
	if err := makeFolder(path); err != nil {
		return 0, err
	}
	info, err := os.Lstat(path)
	if err != nil {
		return 0, err
	}
	if !info.IsDir() {
		return 0, unsafeFolder(fault.UnsafeNoFolder)
	}
	return folderMode, restrict(path)
}

func makeFolder(path string) error { return os.MkdirAll(path, folderMode) }

func linkTarget(path string) (string, error) { return path, nil }

// restrict writes the access list. Changing it needs WRITE_DAC, so that a folder of somebody else's is refused here.
func restrict(path string) error {
	user, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return err
	}
	entry := windows.EXPLICIT_ACCESS{
		AccessPermissions: windows.GENERIC_ALL,
		AccessMode:        windows.SET_ACCESS,
		Inheritance:       windows.SUB_CONTAINERS_AND_OBJECTS_INHERIT,
		Trustee: windows.TRUSTEE{
			TrusteeForm:  windows.TRUSTEE_IS_SID,
			TrusteeType:  windows.TRUSTEE_IS_USER,
			TrusteeValue: windows.TrusteeValueFromSID(user.User.Sid),
		},
	}
	list, err := windows.ACLFromEntries([]windows.EXPLICIT_ACCESS{entry}, nil)
	if err != nil {
		return err
	}
	const what = windows.DACL_SECURITY_INFORMATION | windows.PROTECTED_DACL_SECURITY_INFORMATION
	return windows.SetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, what, nil, nil, list, nil)
}

// tightenInside has nothing to do: files inherit the folder's access list.
func tightenInside(string, *[]string) error { return nil }

// On Windows the access list is written anew at each start of the agent; mode and owner say nothing.

func ours(fs.FileInfo) bool         { return true }
func openToOthers(fs.FileInfo) bool { return false }
