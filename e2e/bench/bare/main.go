//go:build linux

// Command bare is the smallest window that Fyne can make: one label. The benchmark starts it beside Keyfob, built with
// the same flags, to tell what Keyfob adds from what the toolkit takes.
package main

import (
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/widget"
)

func main() {
	w := app.NewWithID("app.keyfob.Bare").NewWindow("Bare")
	w.SetContent(widget.NewLabel("Hello"))
	w.ShowAndRun()
}
