// Package kit has the parts that Keyfob's window is made of: buttons, fields, text, boxes, layouts and the theme, and
// the frame that shows sheets on top of a page and leads keys through them.
//
// It knows nothing of accounts: whoever uses a part says what stands on it and what it does. Its controls show where
// the focus is, keep it when they are pressed, and pass on the keys that they have no use for.
//
// The files: frame.go (a window's page, sheets and keys), sheet.go, scroll.go, button.go, field.go, text.go, remark.go,
// mark.go, badge.go, surface.go, box.go, rows.go, layout.go, theme.go.
//
// All of it belongs to the window system's goroutine. It never imports fyne/v2/app, so that it is tested without a
// display.
//
// It may import: assets, words, internal/…
package kit
