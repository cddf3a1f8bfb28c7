package detach

import (
	"os"
	"runtime"
	"slices"
	"strings"
)

// needed are the variables that processes of ours have a use for, and the browser that they open: who and where the
// person is, the session with its display and bus, the language, the way to the network, and what the libraries of the
// window are told by. Everything else stays behind; a token that keyfob run has put there, above all.
var needed = []string{
	"HOME", "USER", "LOGNAME", "SHELL", "PATH", "TMPDIR", "LD_LIBRARY_PATH", "SSH_CONNECTION",
	"DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "XAUTHORITY", "ICEAUTHORITY", "SESSION_MANAGER", "DESKTOP_SESSION", "BROWSER",
	"WAYLAND_DISPLAY", "XMODIFIERS", "VDPAU_DRIVER", "LIBVA_DRIVER_NAME", "WSL_DISTRO_NAME", "WSL_INTEROP",
	"LANG", "LANGUAGE", "TZ", "TZDIR", "LOCALE_ARCHIVE", "KEYFOB_LANGUAGE", "KEYFOB_THREAD_CHECKS",
	"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy",
	"SSL_CERT_FILE", "SSL_CERT_DIR", "RES_OPTIONS", "LOCALDOMAIN", "HOSTALIASES", "GODEBUG", "GORACE",
	"__CF_USER_TEXT_ENCODING",
}

// neededFamilies are what the names of more such variables begin with.
var neededFamilies = []string{
	"LC_", "XDG_", "GNOME_", "KDE_", "GTK_", "GDK_", "GIO_", "GSETTINGS_", "QT_", "XCURSOR_", "XKB_", "FYNE_", "MOZ_",
	"SNAP", "FLATPAK_", "NIX_", "LIBGL_", "MESA_", "GALLIUM_", "DRI_", "EGL_", "__EGL_", "__GLX_", "__NV_", "VK_",
	"LIBDECOR_",
}

// neededOnWindows are those that Windows and its libraries expect in every process, in capitals.
var neededOnWindows = []string{
	"SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "TEMP", "TMP", "USERPROFILE", "USERNAME", "USERDOMAIN",
	"HOMEDRIVE", "HOMEPATH", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA", "ALLUSERSPROFILE", "PUBLIC", "PROGRAMFILES",
	"PROGRAMFILES(X86)", "PROGRAMW6432", "COMMONPROGRAMFILES", "COMMONPROGRAMFILES(X86)", "COMMONPROGRAMW6432",
	"COMPUTERNAME", "LOGONSERVER", "SESSIONNAME", "OS", "NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE",
}

// Environment is our environment without what processes that live on have no use for.
func Environment() []string {
	return slices.DeleteFunc(os.Environ(), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return !isNeeded(name, runtime.GOOS == "windows")
	})
}

func isNeeded(name string, onWindows bool) bool {
	if onWindows {
		name = strings.ToUpper(name)
		if slices.Contains(neededOnWindows, name) {
			return true
		}
	}
	if slices.Contains(needed, name) {
		return true
	}
	ofFamily := func(family string) bool { return strings.HasPrefix(name, family) }
	return slices.ContainsFunc(neededFamilies, ofFamily) && !slices.ContainsFunc(secretWords, func(word string) bool {
		return strings.Contains(strings.ToUpper(name), word)
	})
}

// secretWords are in the names of variables that may hold a secret, whatever family they seem to belong to: the token
// of an account "gnome" is in GNOME_ACCESS_TOKEN.
var secretWords = []string{"TOKEN", "SECRET", "PASS", "CREDENTIAL", "_KEY"}

// Forget takes out of our own environment what Environment leaves out, and keeps descriptors that we were started with
// from all that we start. It is for processes whose libraries start others: the browser, above all. Whoever starts a
// command for its caller (keyfob run) must not forget.
func Forget() {
	kept := Environment()
	for _, variable := range os.Environ() {
		if !slices.Contains(kept, variable) {
			name, _, _ := strings.Cut(variable, "=")
			_ = os.Unsetenv(name)
		}
	}
	keepDescriptors()
}
