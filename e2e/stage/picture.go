//go:build linux

package stage

import (
	"bytes"
	"image"
	"image/color"
)

// Picture is a part of the screen at one moment, as the display sends it: four bytes a pixel, blue first. Pictures are
// compared often, so they stay in this form until one is saved.
type Picture struct {
	size image.Point
	data []byte
}

const pixelBytes = 4

// row is one line of it.
func (p *Picture) row(y int) []byte {
	return p.data[y*p.size.X*pixelBytes : (y+1)*p.size.X*pixelBytes]
}

// at is one pixel of it.
func (p *Picture) at(x, y int) color.RGBA {
	b := p.row(y)[x*pixelBytes:]
	return color.RGBA{R: b[2], G: b[1], B: b[0], A: 0xff}
}

// part is a copy of a part of it.
func (p *Picture) part(r image.Rectangle) *Picture {
	r = r.Intersect(image.Rectangle{Max: p.size})
	out := &Picture{size: r.Size()}
	for y := r.Min.Y; y < r.Max.Y; y++ {
		out.data = append(out.data, p.row(y)[r.Min.X*pixelBytes:r.Max.X*pixelBytes]...)
	}
	return out
}

// Equal tells whether two pictures are the same.
func (p *Picture) Equal(q *Picture) bool { return p.size == q.size && bytes.Equal(p.data, q.data) }

// differs tells whether two pictures differ by more than a text cursor.
func (p *Picture) differs(q *Picture) bool {
	const cursor = 4 * 40
	if p.size != q.size {
		return true
	}
	pixels := 0
	for y := range p.size.Y {
		a, b := p.row(y), q.row(y)
		if bytes.Equal(a, b) {
			continue
		}
		for x := 0; x < len(a) && pixels <= cursor; x += pixelBytes {
			if [pixelBytes]byte(a[x:]) != [pixelBytes]byte(b[x:]) {
				pixels++
			}
		}
	}
	return pixels > cursor
}

// blank tells whether it is of one colour.
func (p *Picture) blank() bool {
	return len(p.data) == 0 || bytes.Equal(p.data[pixelBytes:], p.data[:len(p.data)-pixelBytes])
}

// image is the picture in Go's form.
func (p *Picture) image() *image.RGBA {
	img := image.NewRGBA(image.Rectangle{Max: p.size})
	for i := 0; i < len(img.Pix); i += pixelBytes {
		b := p.data[i : i+pixelBytes]
		img.Pix[i], img.Pix[i+1], img.Pix[i+2], img.Pix[i+3] = b[2], b[1], b[0], 0xff
	}
	return img
}

// longestRun is the longest stretch of one colour in a row.
func (p *Picture) longestRun(y int, c color.RGBA) (start, length int) {
	want := []byte{c.B, c.G, c.R}
	row, run := p.row(y), 0
	if !bytes.Contains(row, want) {
		return 0, 0 // most rows
	}
	for x := range p.size.X {
		if !bytes.Equal(row[x*pixelBytes:x*pixelBytes+3], want) {
			run = 0
			continue
		}
		if run++; run > length {
			start, length = x-run+1, run
		}
	}
	return start, length
}
