package display

import "strings"

// Nearest returns the known word that somebody who wrote word most likely meant, or "" where none is close. Case,
// hyphens and underscores count for nothing: "ClientID" is near "client_id".
func Nearest(word string, known []string) string {
	best, least := "", 1+min(len(word), 24)/4
	for _, k := range known {
		if d := distance(plain(word), plain(k)); d < least || d == least && best == "" {
			best, least = k, d
		}
	}
	return best
}

var separators = strings.NewReplacer("-", "", "_", "", ".", "")

// plain reduces a name to what a person remembers of it.
func plain(s string) []rune {
	const longest = 64 // what is longer is no slip of the pen, and distance is quadratic
	r := []rune(separators.Replace(strings.ToLower(s)))
	return r[:min(len(r), longest)]
}

// distance counts the letters to insert, delete, change or swap to turn a into b (optimal string alignment).
func distance(a, b []rune) int {
	before, last := []int(nil), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range a {
		row := make([]int, len(b)+1)
		row[0] = i + 1
		for j := range b {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(row[j]+1, last[j+1]+1, last[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
