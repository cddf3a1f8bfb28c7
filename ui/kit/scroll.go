package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// ScrollTo scrolls so far that o can be seen.
func ScrollTo(scroll *container.Scroll, o fyne.CanvasObject) {
	above := Grid - below(scroll, o)
	below := -above + 2*Grid + o.Size().Height - scroll.Size().Height
	switch offset := scroll.Offset; {
	case above > 0:
		scroll.ScrollToOffset(offset.SubtractXY(0, above))
	case below > 0:
		scroll.ScrollToOffset(offset.AddXY(0, min(below, -above)))
	}
}

// below is how far o stands below the upper edge of scroll. Fyne's driver does not know of what it has not drawn yet,
// such as a field that has just been unfolded; so the containers tell, and it is asked only where o is part of a
// widget.
func below(scroll *container.Scroll, o fyne.CanvasObject) float32 {
	if y, ok := HeightIn(scroll.Content, o); ok {
		return y - scroll.Offset.Y
	}
	driver := fyne.CurrentApp().Driver()
	return driver.AbsolutePositionForObject(o).Y - driver.AbsolutePositionForObject(scroll).Y
}

// HeightIn is how far below the upper edge of root o stands, if there are only containers between the two.
func HeightIn(root, o fyne.CanvasObject) (y float32, ok bool) {
	if root == o {
		return 0, true
	}
	c, ok := root.(*fyne.Container)
	if !ok {
		return 0, false
	}
	for _, child := range c.Objects {
		if y, ok := HeightIn(child, o); ok {
			return child.Position().Y + y, true
		}
	}
	return 0, false
}

// move scrolls by keyboard.
func move(scroll *container.Scroll, key fyne.KeyName) {
	const line = 5 * Grid
	by, page := float32(0), scroll.Size().Height-line
	switch key {
	case fyne.KeyUp:
		by = -line
	case fyne.KeyDown:
		by = line
	case fyne.KeyPageUp:
		by = -page
	case fyne.KeyPageDown:
		by = page
	}
	scroll.ScrollToOffset(scroll.Offset.AddXY(0, by))
}
