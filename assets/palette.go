package assets

import "fmt"

// RGB is an opaque colour, 0xRRGGBB. It is a color.Color.
type RGB uint32

// RGBA implements color.Color.
func (c RGB) RGBA() (r, g, b, a uint32) {
	return c.channel(16), c.channel(8), c.channel(0), 0xffff
}

// channel widens the eight bits at shift to the sixteen that color.Color wants.
func (c RGB) channel(shift int) uint32 { return (uint32(c) >> shift & 0xff) * 0x101 }

// String is the colour as CSS writes it.
func (c RGB) String() string { return fmt.Sprintf("#%06x", uint32(c)) }

// Palette is one variant of Keyfob's colours. Every colour that carries words has a contrast of at least 4.5 : 1 on
// Background, Surface and Raised alike.
type Palette struct {
	Background RGB // the window, the page
	Surface    RGB // a card, a menu, a field
	Raised     RGB // what the pointer is over
	Line       RGB // hairlines; never the only thing that tells two parts apart
	Text       RGB // words
	Muted      RGB // words of less weight
	Accent     RGB // the one primary action, links, focus
	OnAccent   RGB // words on Accent
	Good       RGB // signed in
	Warn       RGB // waiting, needs a look
	Bad        RGB // does not work
}

// The two variants.
var (
	Light = Palette{
		Background: 0xf3f6f5,
		Surface:    0xffffff,
		Raised:     0xe8eeed,
		Line:       0xdbe3e1,
		Text:       0x17211f,
		Muted:      0x54625f,
		Accent:     0x0b6b66,
		OnAccent:   0xffffff,
		Good:       0x1a7443,
		Warn:       0x8a5600,
		Bad:        0xb3261e,
	}
	Dark = Palette{
		Background: 0x111615,
		Surface:    0x1a2120,
		Raised:     0x242d2b,
		Line:       0x2d3735,
		Text:       0xe7eeec,
		Muted:      0x9fb0ac,
		Accent:     0x5fc9bd,
		OnAccent:   0x06211e,
		Good:       0x6fcf8f,
		Warn:       0xe7b65a,
		Bad:        0xf48b82,
	}
)
