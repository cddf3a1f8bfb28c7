package words

// Language is the language that texts are in, as HTML names it (BCP 47).
func Language() string { return current().tag.String() }
