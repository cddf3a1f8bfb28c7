package ui

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	"keyfob/internal/words"
	"keyfob/ui/kit"
)

// TestEveryTextIsFromTheCatalogue shows every screen in a language that nobody speaks. What can be read there without
// its brackets did not come through the catalogue; only what others said or called something may do so.
func TestEveryTextIsFromTheCatalogue(t *testing.T) {
	english := map[string]string{}
	for _, key := range words.Keys() {
		english[key] = words.T(key)
	}
	words.Use(words.Pseudo)
	defer words.Use(words.English)
	pseudo := map[string]string{}
	for key, text := range english {
		pseudo[text] = words.T(key)
	}
	for name, lead := range screens {
		if name == "file-dialog" { // it is Fyne's
			continue
		}
		t.Run(name, func(t *testing.T) {
			onStage(t, func(s *stage) {
				s.language = pseudo
				lead(s)
				for _, text := range shown(s.root()) {
					if !isData(text) {
						t.Errorf("%q", text)
					}
				}
			})
		})
	}
}

// shown are the texts that can be seen or are read out, a line each.
func shown(o fyne.CanvasObject) (all []string) {
	if !o.Visible() {
		return nil
	}
	switch o := o.(type) {
	case *kit.Text:
		return strings.Split(o.Words(), "\n")
	case *kit.Button:
		return []string{o.Label(), o.Name}
	case *kit.Field: // somebody's own
	case *canvas.Text:
		return []string{o.Text}
	case *fyne.Container:
		for _, child := range o.Objects {
			all = append(all, shown(child)...)
		}
	case fyne.Widget:
		for _, child := range test.WidgetRenderer(o).Objects() {
			all = append(all, shown(child)...)
		}
	}
	return all
}

// isData tells texts of the catalogue, and what no language says otherwise.
func isData(text string) bool {
	return text == "" || strings.Contains(text, "[") || strings.Contains(text, "]") || slices.Contains(data, text)
}

var data = []string{}
