package tray

// panel: macOS colours a template icon by itself.
type panel struct{}

func (panel) dark() bool { return false }

// prepare: macOS always has a menu bar.
func (t *tray) prepare(hosted func(bool)) bool {
	hosted(true)
	return true
}
