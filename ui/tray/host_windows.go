package tray

import "golang.org/x/sys/windows/registry"

// panel knows whether the task bar is dark.
type panel struct{}

// dark reads the person's setting; without one the task bar is dark.
func (panel) dark() bool {
	const path = `Software\Microsoft\Windows\CurrentVersion\Themes\Personalize`
	key, err := registry.OpenKey(registry.CURRENT_USER, path, registry.QUERY_VALUE)
	if err != nil {
		return true
	}
	defer key.Close()
	light, _, err := key.GetIntegerValue("SystemUsesLightTheme")
	return err != nil || light == 0
}

// prepare: Windows always has a notification area.
func (t *tray) prepare(hosted func(bool)) bool {
	hosted(true)
	return true
}
