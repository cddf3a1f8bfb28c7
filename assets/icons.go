package assets

import (
	_ "embed"
	"slices"
)

var (
	//go:embed icons/keyfob-256.png
	appPNG []byte
	//go:embed icons/keyfob.svg
	appSVG string
	//go:embed icons/keyfob-small.svg
	smallSVG string
)

// AppIcon is the application's icon, a PNG of 256 × 256.
func AppIcon() []byte { return slices.Clone(appPNG) }

// AppIconSVG is the application's icon as a drawing, square, without a size of its own.
func AppIconSVG() string { return appSVG }

// TrayState is what the tray icon shows: a closed set.
type TrayState int

// The states, from the calmest to the most urgent.
const (
	TraySignedOut TrayState = iota // a hollow, dimmed fob
	TraySignedIn                   // a fob with its keyhole
	TrayWaiting                    // with a clock: a person is in the browser
	TrayNeedsYou                   // with an exclamation mark
)

// Tray is the icon for state, in one colour; dark tells that the panel is dark, so the ink is white. It is an ICO of
// 16, 24 and 32 pixels on Windows, a PNG of 48 × 48 elsewhere; the light one serves as a template on macOS.
func Tray(state TrayState, dark bool) []byte {
	i := min(max(state, TraySignedOut), TrayNeedsYou)
	if dark {
		return slices.Clone(trayDark[i])
	}
	return slices.Clone(trayLight[i])
}

// Indexed by TrayState; the pictures come from tray_windows.go or tray_other.go.
var (
	trayLight = [...][]byte{signedOutLight, signedInLight, waitingLight, needsYouLight}
	trayDark  = [...][]byte{signedOutDark, signedInDark, waitingDark, needsYouDark}
)
