package assets

import _ "embed"

var (
	//go:embed icons/tray-signed-out-light.ico
	signedOutLight []byte
	//go:embed icons/tray-signed-in-light.ico
	signedInLight []byte
	//go:embed icons/tray-waiting-light.ico
	waitingLight []byte
	//go:embed icons/tray-needs-you-light.ico
	needsYouLight []byte

	//go:embed icons/tray-signed-out-dark.ico
	signedOutDark []byte
	//go:embed icons/tray-signed-in-dark.ico
	signedInDark []byte
	//go:embed icons/tray-waiting-dark.ico
	waitingDark []byte
	//go:embed icons/tray-needs-you-dark.ico
	needsYouDark []byte
)
