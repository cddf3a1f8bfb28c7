package assets

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image/color"
	"image/png"
	"math"
	"testing"
)

func TestColoursAreReadable(t *testing.T) {
	for name, p := range map[string]Palette{"light": Light, "dark": Dark} {
		words := map[string]RGB{
			"text": p.Text, "muted": p.Muted, "accent": p.Accent, "good": p.Good, "warn": p.Warn, "bad": p.Bad,
		}
		for word, ink := range words {
			for _, paper := range []RGB{p.Background, p.Surface, p.Raised} {
				if c := contrast(ink, paper); c < 4.5 {
					t.Errorf("%s: %s %v on %v has a contrast of %.2f", name, word, ink, paper, c)
				}
			}
		}
		if c := contrast(p.OnAccent, p.Accent); c < 4.5 {
			t.Errorf("%s: words on the accent have a contrast of %.2f", name, c)
		}
	}
}

// contrast is the ratio that WCAG 2 defines.
func contrast(a, b RGB) float64 {
	high, low := luminance(a), luminance(b)
	if high < low {
		high, low = low, high
	}
	return (high + 0.05) / (low + 0.05)
}

func luminance(c RGB) float64 {
	linear := func(v uint32) float64 {
		s := float64(v) / 0xffff
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	r, g, b, _ := c.RGBA()
	return 0.2126*linear(r) + 0.7152*linear(g) + 0.0722*linear(b)
}

func TestRGB(t *testing.T) {
	c := RGB(0x0b6b0a)
	if got := color.NRGBAModel.Convert(c); got != (color.NRGBA{R: 0x0b, G: 0x6b, B: 0x0a, A: 0xff}) {
		t.Errorf("as a colour: %v", got)
	}
	if c.String() != "#0b6b0a" {
		t.Errorf("as CSS: %s", c)
	}
}

func TestAppIcon(t *testing.T) {
	pic, err := png.Decode(bytes.NewReader(AppIcon()))
	if err != nil {
		t.Fatal(err)
	}
	if size := pic.Bounds().Size(); size.X != 256 || size.Y != 256 {
		t.Errorf("the icon is %v", size)
	}
}

func TestTrayIconsDiffer(t *testing.T) {
	seen := map[string]string{}
	for _, state := range []TrayState{TraySignedOut, TraySignedIn, TrayWaiting, TrayNeedsYou} {
		for _, dark := range []bool{false, true} {
			name := fmt.Sprintf("state %d, dark %t", state, dark)
			icon := string(Tray(state, dark))
			if len(icon) < 100 {
				t.Errorf("%s: %d bytes", name, len(icon))
			}
			if other, ok := seen[icon]; ok {
				t.Errorf("%s looks like %s", name, other)
			}
			seen[icon] = name
		}
	}
}

func TestEmbeddedBytesAreFew(t *testing.T) {
	total := len(AppIcon()) + len(AppIconSVG()) + len(DemoProfile())
	for i := range trayLight {
		total += len(trayLight[i]) + len(trayDark[i])
	}
	if total > 120<<10 {
		t.Errorf("%d bytes are embedded", total)
	}
}

func TestDemoProfile(t *testing.T) {
	var p struct {
		Issuer, Audience string
		API              struct {
			BaseURLs []string `json:"base_urls"`
		}
	}
	if err := json.Unmarshal(DemoProfile(), &p); err != nil {
		t.Fatal(err)
	}
	if p.Issuer != "http://127.0.0.1:17180/" || len(p.API.BaseURLs) != 1 || p.API.BaseURLs[0] != p.Audience {
		t.Errorf("the demo's profile is %+v", p)
	}
}
