package words

import "keyfob/account"

// Program names who asked for a token.
func Program(p account.Program) string {
	if p.ByKeyfob {
		return p.Name + ", with keyfob"
	}
	return p.Name
}
