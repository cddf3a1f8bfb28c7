//go:build !windows

package assets

import _ "embed"

var (
	//go:embed icons/tray-signed-out-light.png
	signedOutLight []byte
	//go:embed icons/tray-signed-in-light.png
	signedInLight []byte
	//go:embed icons/tray-waiting-light.png
	waitingLight []byte
	//go:embed icons/tray-needs-you-light.png
	needsYouLight []byte

	//go:embed icons/tray-signed-out-dark.png
	signedOutDark []byte
	//go:embed icons/tray-signed-in-dark.png
	signedInDark []byte
	//go:embed icons/tray-waiting-dark.png
	waitingDark []byte
	//go:embed icons/tray-needs-you-dark.png
	needsYouDark []byte
)
