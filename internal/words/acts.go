package words

import "keyfob/internal/account"

// ActsAs names an account whose tokens act for the account itself. It is empty where they act in the name of the person
// who is signed in.
func ActsAs(a account.Account) string {
	if a.Machine != nil {
		return a.Name
	}
	return ""
}
